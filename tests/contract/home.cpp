#include "home.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "real_home.hpp"
#include "simulated_home.hpp"

namespace hassette::contract {

namespace {

/// Both homes, for as long as the tests run.
class Homes final : public ::testing::Environment {
 public:
  Found find(const std::string& name) {
    if (name == "simulator") {
      if (!simulated_) simulated_ = std::make_unique<SimulatedHome>();
      return {.home = simulated_.get(), .why_not = {}};
    }
    const char* venv = std::getenv("HASSETTE_TEST_HA_VENV");
    if (!venv) {
      return {.why_not =
                  "HASSETTE_TEST_HA_VENV does not name a folder with Home Assistant; "
                  "tests/ha/ha.py installs one"};
    }
    if (!real_) {
      real_ = std::make_unique<RealHome>(venv);
      std::cout << "the real Home Assistant is " << real_->version() << std::endl;
    }
    return {.home = real_.get(), .why_not = {}};
  }
  void TearDown() override {
    real_.reset();
    simulated_.reset();
  }

 private:
  std::unique_ptr<RealHome> real_;
  std::unique_ptr<SimulatedHome> simulated_;
};

Homes& homes() {
  // GoogleTest owns its environments.
  static auto* const instance =
      static_cast<Homes*>(::testing::AddGlobalTestEnvironment(std::make_unique<Homes>().release()));
  return *instance;
}
const Homes& registered = homes();  // before the tests begin, so that its end is called

}  // namespace

Found find_home(const std::string& name) {
  return homes().find(name);
}

}  // namespace hassette::contract
