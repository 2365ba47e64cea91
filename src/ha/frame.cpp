#include "ha/frame.hpp"

#include <array>
#include <utility>

#include "json/cursor.hpp"

namespace hassette::ha {

std::string_view to_string(Garbage kind) {
  switch (kind) {
    case Garbage::kNotJson:
      return "text that is not JSON";
    case Garbage::kNotAnObject:
      return "JSON that is no message";
    case Garbage::kUnknownType:
      return "a message of an unknown type";
    case Garbage::kIncomplete:
      return "a message that lacks what its type needs";
    case Garbage::kUnknownId:
      return "an answer to an id that was never asked";
    case Garbage::kTooLarge:
      return "a message that is too large";
  }
  return "garbage";
}

namespace {

using json::Cursor;
using json::Key;

bool read_state(Cursor& cursor, model::WireState& state, Moments& moments) {
  bool has_id = false;
  bool has_state = false;
  state.attributes = "{}";
  const bool whole = cursor.members([&](Key key) {
    if (key == "entity_id") return has_id = cursor.text(state.entity_id);
    if (key == "state") return has_state = cursor.text(state.state);
    if (key == "attributes") return cursor.raw(state.attributes);
    if (key == "last_changed") return moments.read(cursor, state.last_changed);
    if (key == "last_updated") return moments.read(cursor, state.last_updated);
    if (key == "context") return cursor.raw(state.context);
    return cursor.skip();
  });
  return whole && has_id && has_state && !state.entity_id.empty();
}

struct BusEvent {
  WireEvent event;
  WireChange change;
  Moments* moments = nullptr;
  bool is_bus = false;     // has an `event_type`
  bool is_change = false;  // … which is state_changed
  bool has_time = false;
};

bool read_change(Cursor& cursor, WireChange& change, Moments& moments) {
  bool has_state = false;  // null is one: the entity was removed
  const bool whole = cursor.members([&](Key key) {
    if (key == "entity_id") return cursor.text(change.entity_id);
    if (key != "new_state") return cursor.skip();
    has_state = true;
    change.state.reset();
    return cursor.null() || read_state(cursor, change.state.emplace(), moments);
  });
  return whole && has_state && !change.entity_id.empty();
}

bool read_bus_type(Cursor& cursor, BusEvent& out) {
  if (std::exchange(out.is_bus, true) || !cursor.text(out.event.type)) return false;
  out.is_change = out.event.type == "state_changed";
  return true;
}

/// A member of which the event's type, known before, says how to read it.
bool read_bus_member(Key key, Cursor& cursor, BusEvent& out) {
  if (key == "data") {
    if (out.is_change) return read_change(cursor, out.change, *out.moments);
    return cursor.raw(out.event.data);
  }
  if (key == "time_fired") {
    return out.has_time = out.moments->read(cursor, out.event.time_fired);
  }
  if (key == "context") return cursor.raw(out.event.context);
  if (key == "origin") {
    std::string_view origin;
    if (!cursor.text(origin)) return false;
    out.event.remote = origin == "REMOTE";
    return true;
  }
  return cursor.skip();
}

bool read_error(Cursor& cursor, WireResult& result) {
  return cursor.members([&](Key key) {
    if (key == "code") return cursor.text(result.error_code);
    if (key == "message") return cursor.text(result.error_message);
    return cursor.skip();
  });
}

/// One message of the frame, gathered before anything is handed on: a broken one has no effect.
struct Message {
  explicit Message(Moments& moments) { bus.moments = &moments; }

  std::string_view type;
  std::string_view text;  // the `message` of the authentication phase
  std::string_view version;
  std::optional<std::string_view> push;
  BusEvent bus;
  WireResult result;
};

bool read_event(Cursor& cursor, Message& message) {
  if (cursor.peek() != '{') return cursor.raw(message.push.emplace());
  // The type says how to read the data. Home Assistant writes it first, but need not.
  Cursor ahead = cursor;
  bool is_bus = false;
  const bool whole = ahead.members([&](Key key) {
    is_bus = key == "event_type";
    return !is_bus && ahead.skip();
  });
  // What is no event of the bus is kept as text.
  if (!is_bus) return whole && cursor.raw(message.push.emplace());
  BusEvent& bus = message.bus;
  return read_bus_type(ahead, bus) &&
         cursor.members([&](Key key) { return read_bus_member(key, cursor, bus); });
}

bool read_message(Cursor& cursor, Message& message) {
  return cursor.members([&](Key key) {
    if (key == "type") return cursor.text(message.type);
    if (key == "id") return cursor.number(message.result.id);
    if (key == "event") return read_event(cursor, message);
    if (key == "success") return cursor.boolean(message.result.success);
    if (key == "result") return cursor.raw(message.result.result);
    if (key == "error") return read_error(cursor, message.result);
    if (key == "message") return cursor.text(message.text);
    if (key == "ha_version") return cursor.text(message.version);
    return cursor.skip();
  });
}

void hand_on(Message& message, std::string_view text, FrameSink& sink) {
  if (message.type == "event") {
    if (message.bus.is_change) {
      WireChange& change = message.bus.change;
      change.time_fired = message.bus.event.time_fired;
      change.context = message.bus.event.context;
      if (change.entity_id.empty() || !message.bus.has_time) {
        sink.on_garbage(Garbage::kIncomplete, text);
      } else {
        sink.on_change(change);
      }
    } else if (message.bus.is_bus) {
      sink.on_event(message.bus.event);
    } else if (message.push) {
      sink.on_push(message.result.id, *message.push);
    } else {
      sink.on_garbage(Garbage::kIncomplete, text);
    }
  } else if (message.type == "result") {
    sink.on_result(message.result);
  } else if (message.type == "pong") {
    sink.on_pong(message.result.id);
  } else if (message.type.starts_with("auth")) {
    sink.on_auth(message.type, message.text, message.version);
  } else {
    sink.on_garbage(message.type.empty() ? Garbage::kIncomplete : Garbage::kUnknownType, text);
  }
}

/// Reads one item of the frame, whatever it is, and says what is wrong with it if it is no message.
/// In one piece: an event has some twenty members, and calls for each would cost a tenth of reading
/// it.
[[gnu::flatten]] std::optional<Garbage> read_one(Cursor& cursor, Message& message) {
  if (cursor.peek() != '{') return Garbage::kNotAnObject;
  if (!read_message(cursor, message)) return Garbage::kIncomplete;
  return std::nullopt;
}

/// The messages of an array, of which the last few are read and not yet handed on.
class ReadAhead {
 public:
  ReadAhead(std::string_view text, Moments& moments, FrameSink& sink)
      : text_(text), moments_(moments), sink_(sink) {}

  /// False where the item cannot even be passed over.
  bool add(Cursor& cursor) {
    if (read_ - handed_ == kSize) hand_on_first();
    Place& place = places_[read_++ % kSize].emplace(moments_);
    const Cursor item = cursor;
    place.garbage = read_one(cursor, place.message);
    if (place.garbage) {
      if ((cursor = item).skip()) return true;
      --read_;  // the frame as a whole is told of
      return false;
    }
    const BusEvent& bus = place.message.bus;
    if (bus.is_change) sink_.on_expected(bus.change.entity_id);
    return true;
  }
  void hand_on_all() {
    for (; handed_ != read_; hand_on_first()) sink_.on_expected({});
  }

 private:
  static constexpr std::size_t kSize = FrameReader::kAhead;
  struct Place {
    explicit Place(Moments& moments) : message(moments) {}
    Message message;
    std::optional<Garbage> garbage;
  };
  void hand_on_first() {
    Place& place = *places_[handed_++ % kSize];
    if (place.garbage) {
      sink_.on_garbage(*place.garbage, text_);
    } else {
      hand_on(place.message, text_, sink_);
    }
  }

  std::string_view text_;
  Moments& moments_;
  FrameSink& sink_;
  std::array<std::optional<Place>, kSize> places_;
  std::size_t read_ = 0;
  std::size_t handed_ = 0;
};

}  // namespace

void FrameReader::read(std::string_view message, FrameSink& sink) {
  std::optional<Cursor> cursor = index_.scan(message);
  if (!cursor || !cursor->at_value()) return sink.on_garbage(Garbage::kNotJson, message);
  if (cursor->peek() == '[') {
    // Where the last token does not close it, the frame is cut off and not even begun.
    ReadAhead ahead(message, moments_, sink);
    const bool whole = cursor->ends_with(']') &&
                       cursor->items([&] { return ahead.add(*cursor); }) && cursor->at_end();
    ahead.hand_on_all();
    if (!whole) sink.on_garbage(Garbage::kNotJson, message);
    return;
  }
  Message one(moments_);
  if (const auto garbage = read_one(*cursor, one)) {
    sink.on_garbage(*garbage, message);
  } else if (!cursor->at_end()) {
    sink.on_garbage(Garbage::kNotJson, message);
  } else {
    hand_on(one, message, sink);
  }
}

void FrameReader::look_ahead(std::string_view message, FrameSink& sink) {
  // As Home Assistant writes it. Where it writes anything else, there is no hint.
  constexpr std::string_view kBegin =
      R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":")";
  constexpr std::size_t kLongestId = 255;
  if (!message.starts_with(kBegin)) return;
  const std::string_view rest = message.substr(kBegin.size(), kLongestId + 1);
  if (const std::size_t end = rest.find('"'); end != rest.npos) {
    sink.on_expected(rest.substr(0, end));
  }
}

std::expected<std::vector<model::WireState>, std::string> FrameReader::read_states(
    std::string_view result, json::TokenIndex& index) {
  const auto bad = [] {
    return std::unexpected(std::string("the snapshot of states is unreadable"));
  };
  std::optional<Cursor> cursor = index.scan(result);
  if (!cursor) return bad();
  std::vector<model::WireState> states;
  const bool whole =
      cursor->items([&] { return read_state(*cursor, states.emplace_back(), moments_); });
  if (!whole || !cursor->at_end()) return bad();
  return states;
}

}  // namespace hassette::ha
