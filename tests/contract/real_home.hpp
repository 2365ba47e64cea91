#pragma once
// A real Home Assistant, run by tests/ha/ha.py in a folder of its own.
#include <sys/types.h>

#include <string>

#include <hassette/json.hpp>

#include "home.hpp"

namespace hassette::contract {

class RealHome final : public Home {
 public:
  /// Waits until it runs; throws Error with what the tool said if it does not.
  explicit RealHome(const std::string& venv);
  RealHome(const RealHome&) = delete;
  RealHome& operator=(const RealHome&) = delete;
  ~RealHome() override;

  std::uint16_t port() const override { return port_; }
  std::string token() const override { return facts_["token"].as_string(); }
  std::string user_token() const override { return facts_["user_token"].as_string(); }
  std::string version() const override { return facts_["version"].as_string(); }
  void restart() override;
  void kill() override;

 private:
  void end() noexcept;

  std::string folder_;
  pid_t tool_ = -1;
  Json facts_;
  std::uint16_t port_ = 0;
};

}  // namespace hassette::contract
