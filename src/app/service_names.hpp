#pragma once
// ServiceNames: which services the home has, for apps whose call was refused because there is no
// such service.
//
// Nothing is asked while nothing goes wrong. The first refusal reads the list, which all apps share
// for a minute; where it cannot be read within a limit, there is no hint, and no other try for that
// minute. Who has less time than that limit waits no longer than it has. Owned by the engine; loop
// thread only.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <hassette/async.hpp>
#include <hassette/json.hpp>
#include "async/loop.hpp"
#include "ha/connection.hpp"

namespace hassette::app {

class ServiceNames {
 public:
  /// The services of each domain, in the order of the alphabet.
  using Names = std::map<std::string, std::vector<std::string>, std::less<>>;
  static constexpr std::chrono::seconds kLimit{1};
  static constexpr std::chrono::minutes kFresh{1};

  ServiceNames(async::Loop& loop, ha::Connection& home) : loop_(loop), home_(home) {}

  /// When a call ends that begins now and has this limit.
  async::MonoTime end_of_call(std::chrono::nanoseconds limit) const {
    return async::later(loop_.io_now(), limit);
  }
  /// Words that name the nearest that there is; empty where the home has the service, or where
  /// nothing is known by then.
  Task<std::string> hint(std::string domain, std::string service, async::MonoTime until);

  /// The same, of a list.
  static std::string hint(const Names& names, std::string_view domain, std::string_view service);
  /// From the answer to `get_services`.
  static Names parse(const Json& services);

 private:
  Task<> read(std::chrono::nanoseconds limit);

  async::Loop& loop_;
  ha::Connection& home_;
  Names names_;
  std::optional<async::MonoTime> asked_at_;
  bool reading_ = false;
  AsyncEvent read_;
};

}  // namespace hassette::app
