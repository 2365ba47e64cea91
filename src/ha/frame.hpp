#pragma once
// Frames of Home Assistant's WebSocket, read in place.
//
// A message is one object or an array of them; each is handed to a sink as views into the message,
// without copies, so that an event nobody asks for costs little. What cannot be read is counted by
// kind and skipped, and reading goes on behind it where its brackets are balanced. What the peer
// sent makes nothing here throw but std::bad_alloc. Loop thread only.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/event.hpp>
#include "ha/moments.hpp"
#include "json/token_index.hpp"
#include "model/state_record.hpp"

namespace hassette::ha {

/// A `state_changed` event.
struct WireChange {
  std::string_view entity_id;
  std::optional<model::WireState> state;  // empty: the entity was removed
  TimePoint time_fired;
  std::string_view context;  // JSON text
};

/// Any other event of the bus; `data` and `context` are JSON text.
struct WireEvent {
  std::string_view type;
  std::string_view data;
  std::string_view context;
  TimePoint time_fired;
  bool remote = false;
};

struct WireResult {
  std::uint64_t id = 0;
  bool success = false;
  std::string_view result;  // JSON text
  std::string_view error_code;
  std::string_view error_message;
};

enum class Garbage : std::uint8_t {
  kNotJson,
  kNotAnObject,
  kUnknownType,
  kIncomplete,
  kUnknownId,
  kTooLarge,  ///< over the socket's limit; it costs the connection
};
std::string_view to_string(Garbage kind);

class FrameSink {
 public:
  /// A change of this entity has been seen coming, a few messages before it is handed on; an empty
  /// id for each of the last messages, behind which nothing has been seen yet.
  virtual void on_expected(std::string_view entity_id) { static_cast<void>(entity_id); }
  virtual void on_change(const WireChange& change) = 0;
  virtual void on_event(const WireEvent& event) = 0;
  /// An event of a subscription that is none to the bus: a template's result, for one.
  virtual void on_push(std::uint64_t id, std::string_view event) = 0;
  virtual void on_result(const WireResult& result) = 0;
  virtual void on_pong(std::uint64_t id) = 0;
  virtual void on_auth(std::string_view type, std::string_view message,
                       std::string_view version) = 0;
  virtual void on_garbage(Garbage kind, std::string_view text) = 0;

 protected:
  ~FrameSink() = default;
};

class FrameReader {
 public:
  /// How many messages a change should be seen before it is handed on, so that what it needs can be
  /// fetched from memory meanwhile.
  static constexpr std::size_t kAhead = 6;

  /// Reads one message; at least 64 readable bytes must follow it. Where it is an array of
  /// messages, the changes are seen coming.
  void read(std::string_view message, FrameSink& sink);
  /// Looks whether this message, which will be read soon, is one change, and tells the sink.
  static void look_ahead(std::string_view message, FrameSink& sink);
  /// Reads the result of `get_states`, which lies in a message that is being read; the states live
  /// as long as both it and the index.
  std::expected<std::vector<model::WireState>, std::string> read_states(std::string_view result,
                                                                        json::TokenIndex& index);

 private:
  json::TokenIndex index_;
  Moments moments_;
};

}  // namespace hassette::ha
