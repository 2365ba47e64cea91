#pragma once
// What the client tells the engine: the link's state, the home as it is, and what happens in it.
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/error.hpp>
#include <hassette/event.hpp>
#include "ha/frame.hpp"

namespace hassette::ha {

enum class LinkState : std::uint8_t {
  kConnecting,  ///< the first attempt, or one of many
  kStarting,    ///< connected, but Home Assistant says it is not running yet
  kConnected,   ///< connected, running, and the cache is up to date
  kLost,        ///< was connected; trying again
  kRejected,    ///< the token is refused
};
std::string_view to_string(LinkState state);

struct Link {
  LinkState state = LinkState::kConnecting;
  std::string ha_version;
  std::string message;  ///< why it is not connected
  std::chrono::milliseconds retry_in{0};
  std::uint64_t reconnects = 0;
};

/// What `get_config` says of the home.
struct HomeConfig {
  std::string name;
  std::string time_zone;
  std::string version;
  std::string state;  ///< RUNNING, NOT_RUNNING, …
  double latitude = 0;
  double longitude = 0;
  double elevation = 0;

  friend bool operator==(const HomeConfig&, const HomeConfig&) = default;
};

/// How a snapshot differs from what was known; only the first entities are named.
struct Differences {
  static constexpr std::size_t kNamed = 3;
  std::size_t count = 0;
  std::vector<std::string> named;

  void add(std::string_view entity_id) {
    if (count++ < kNamed) named.emplace_back(entity_id);
  }
};

/// Called on the loop, in wire order.
class HomeListener {
 public:
  virtual void on_link(const Link& link) = 0;
  /// Home Assistant runs; these are its states. Gives the differences to what was known.
  virtual Differences on_snapshot(const HomeConfig& config,
                                  std::span<const model::WireState> states) = 0;
  /// The home is no longer as it was at the snapshot: it has moved, or has another zone or name.
  virtual void on_config(const HomeConfig& config) { static_cast<void>(config); }
  /// A change of this entity will follow soon: time to fetch what it will need. A hint only; with
  /// an empty id, nothing more has been seen, but what was announced before comes nearer.
  virtual void on_expected(std::string_view entity_id) { static_cast<void>(entity_id); }
  virtual void on_change(const WireChange& change) = 0;
  virtual void on_event(Event event) = 0;
  virtual void on_garbage(Garbage kind) = 0;

 protected:
  ~HomeListener() = default;
};

/// At first contact only: the token or certificate is rejected, or what answers is not Home
/// Assistant.
class FirstContactError : public Error {
 public:
  explicit FirstContactError(std::string message) : Error("first_contact", std::move(message)) {}
};

}  // namespace hassette::ha
