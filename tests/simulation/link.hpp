#pragma once
// Link: the engine's way to the home of a tape, in place of Home Assistant's WebSocket.
//
// It hands over what a tape's home does: snapshots, changes and events in wire order, and nothing
// while it is away. Registries are empty. Owned by the engine; loop thread.
#include <functional>
#include <string>
#include <utility>

#include <hassette/async.hpp>
#include "ha/connection.hpp"
#include "home.hpp"

namespace hassette::simulation {

class Link final : public ha::Connection {
 public:
  Link(ha::HomeListener& listener, const Table& home) : listener_(listener), home_(home) {}

  Task<> run() override;
  const ha::Link& link() const override { return link_; }
  Task<Json> call(Json command, std::string what, std::chrono::nanoseconds limit) override;
  Task<Json> first_push(Json command, std::string what, std::chrono::nanoseconds limit) override;
  Task<std::pair<int, std::string>> get(std::string path, std::string what) override;
  Task<> want(std::string event_type) override;

  bool is_connected() const { return link_.state == ha::LinkState::kConnected; }
  void connect();
  void lose();
  /// What has become of this entity.
  void change(const std::string& id, Micros home_clock);
  void event(std::string type, Json data);
  /// Tells the engine how far Home Assistant's clock is ahead.
  void tell_clock(Micros home_clock);

 private:
  ha::HomeListener& listener_;
  const Table& home_;
  ha::Link link_;
};

}  // namespace hassette::simulation
