#pragma once
// BareClient: the baseline. A blocking socket, one large buffer, and four fields of each event.
//
// read(2), the head of a frame by hand, simdjson On-Demand; nothing is allocated while it runs,
// nothing is kept, nobody is told. It is what receiving Home Assistant's events costs at least.
// Loop-free, used by one thread.
#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "websocket_wire.hpp"

namespace bench {

/// What is read of a change.
struct BareChange {
  std::string_view entity_id;
  std::string_view state;
  std::string_view last_changed;
  std::string_view context;
};

/// Reads the four fields of one message; false if it is no change of a state.
bool read_bare_change(simdjson::ondemand::object message, BareChange& change);
/// The same from a message of subscribe_entities.
bool read_bare_difference(simdjson::ondemand::object message, BareChange& change);

/// Calls `handle(object)` for the message, or for each of an array of them.
template <class F>
void each_message(simdjson::ondemand::parser& parser, std::string_view frame, F handle) {
  const simdjson::padded_string_view padded(frame.data(), frame.size(),
                                            frame.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document = parser.iterate(padded);
  if (frame.front() == '[') {
    for (auto item : document.get_array()) handle(simdjson::ondemand::object(item.get_object()));
  } else {
    handle(simdjson::ondemand::object(document.get_object()));
  }
}

class BareClient {
 public:
  /// Connects to a home on this machine, authenticates and subscribes.
  explicit BareClient(std::uint16_t port);

  /// Reads until the home's last change has come; gives the number of changes before it.
  std::size_t receive_flood();
  /// Answers each change of SampleHome::kAsks with a call of a service, until the last change.
  void answer();

 private:
  /// Calls `handle(change)` for each change, until it returns false.
  template <class F>
  void receive(F handle);

  Descriptor socket_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t last_id_ = 2;
  simdjson::ondemand::parser parser_;
};

}  // namespace bench
