#include "home.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <memory>

#include "real_home.hpp"
#include "simulated_home.hpp"

namespace hassette::contract {

namespace {

/// Both homes, for as long as the tests run.
class Homes final : public ::testing::Environment {
 public:
  Found find(const std::string& name) {
    Begun& begun = homes_[name];
    if (!begun.home) begun = begin_home(name);
    return {.home = begun.home.get(), .why_not = begun.why_not};
  }
  void TearDown() override { homes_.clear(); }

 private:
  std::map<std::string, Begun> homes_;
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

Begun begin_home(const std::string& name) {
  if (name == "simulator") return {.home = std::make_unique<SimulatedHome>(), .why_not = {}};
  const char* venv = std::getenv("HASSETTE_TEST_HA_VENV");
  if (!venv) {
    return {.home = nullptr,
            .why_not =
                "HASSETTE_TEST_HA_VENV does not name a folder with Home Assistant; "
                "tests/ha/ha.py installs one"};
  }
  auto real = std::make_unique<RealHome>(venv);
  std::cout << "the real Home Assistant is " << real->version() << std::endl;
  return {.home = std::move(real), .why_not = {}};
}

}  // namespace hassette::contract
