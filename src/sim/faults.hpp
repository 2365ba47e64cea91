// What can go wrong with a Home Assistant, on demand.
//
// Belongs to its SimulatedHome and is used on the loop's thread. Tasks end when what they do is
// over; cancelling one leaves the home as it is at that moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <hassette/task.hpp>

#include "sim/boot.hpp"

namespace hassette::sim {

class SimulatedHome;

enum class Garbage : std::uint8_t {
  kTruncated,    // JSON that ends in the middle
  kNotJson,      // text that never was any
  kUnknownType,  // a message of a type that does not exist
  kUnknownId,    // a result and an event with ids that nobody asked for
  kWrongShape,   // known types whose members are of the wrong kind
  kBadUtf8,      // bytes that are no text
  kDeep,         // ten thousand nested lists
  kOversized,    // one message of more than 64 MiB
};

struct FloodOptions {
  std::uint64_t events = 10'000;
  double per_second = 0;            // 0: as fast as the clients take them
  std::vector<std::string> globs;   // which entities; empty: all
  std::size_t most_pending = 1024;  // messages a client may be behind before the flood waits
};

class Faults {
 public:
  explicit Faults(SimulatedHome& sim) : sim_(sim) {}

  // Every connection is cut, without a word; new ones are welcome.
  void drop();
  // Every WebSocket is closed in order, as a stopping Home Assistant does.
  void close(std::uint16_t code = 1000);
  // Connections are refused until `accept`, or for that long.
  void refuse();
  Task<> refuse_for(std::chrono::milliseconds time);
  void accept();
  // Connections stay, and nothing comes or goes.
  void half_open(bool frozen);
  // Everything that is sent is late by this much; zero ends it.
  void delay(std::chrono::milliseconds by);
  // Tokens that were right are wrong.
  void refuse_token(bool refused);
  // HTTP, WebSocket upgrades included, is answered with 503.
  void unavailable(bool busy);
  // Closes, refuses, comes back without entities, brings them, and is RUNNING when the task ends.
  Task<> restart(RestartTimes times = {});
  // What happens to entities while the home is away: ask before `restart`.
  Restart& changes_at_restart();
  // State changes of existing entities; gives how many were made.
  Task<std::uint64_t> flood(FloodOptions options);
  // To every client.
  void send_garbage(Garbage kind);
  void send_raw(const std::string& frame);
  // A state is reported again, which no client hears of.
  void quiet_write(const std::string& entity_id);

 private:
  SimulatedHome& sim_;
};

}  // namespace hassette::sim
