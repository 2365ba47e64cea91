#pragma once
// The homes that the contract is held against: the real Home Assistant and the simulated one.
//
// Each is started when it is first asked for and serves every test of the program after that; both
// end with the program. Called on the test's thread.
#include <cstdint>
#include <memory>
#include <string>

namespace hassette::contract {

class Home {
 public:
  virtual ~Home() = default;
  virtual std::uint16_t port() const = 0;
  virtual std::string token() const = 0;
  /// Of a user without administrator rights.
  virtual std::string user_token() const = 0;
  virtual std::string version() const = 0;
  /// It stops in order and starts again with the same configuration. Returns at once.
  virtual void restart() = 0;
  /// It dies in the middle and starts again. Returns at once.
  virtual void kill() = 0;
};

struct Found {
  Home* home = nullptr;
  std::string why_not;  ///< where there is none
};
/// `name` is "real" or "simulator".
Found find_home(const std::string& name);

struct Begun {
  std::unique_ptr<Home> home;
  std::string why_not;  ///< where there is none
};
/// One of the caller's own, which nobody else changes.
Begun begin_home(const std::string& name);

}  // namespace hassette::contract
