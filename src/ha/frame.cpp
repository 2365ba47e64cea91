#include "ha/frame.hpp"

#include <array>
#include <utility>

#include "ha/json_members.hpp"

namespace hassette::ha {

struct FrameReader::Parsers {
  od::parser message;
  od::parser states;
  Moments moments;
};

FrameReader::FrameReader() : parsers_(std::make_unique<Parsers>()) {}
FrameReader::~FrameReader() = default;

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
  }
  return "garbage";
}

namespace {

bool read_state(od::value& value, model::WireState& state, Moments& moments,
                std::string_view expected_id) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) return false;
  bool has_id = false;
  bool has_state = false;
  state.attributes = "{}";
  const bool whole = each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (is(key, "entity_id")) return has_id = read_text(member, state.entity_id, expected_id);
    if (is(key, "state")) return has_state = read_text(member, state.state);
    if (is(key, "attributes")) return read_raw(member, state.attributes);
    if (is(key, "last_changed")) return moments.read(member, state.last_changed);
    if (is(key, "last_updated")) return moments.read(member, state.last_updated);
    if (is(key, "context")) return read_raw(member, state.context);
    return true;
  });
  return whole && has_id && has_state && !state.entity_id.empty();
}

struct BusEvent {
  WireEvent event;
  WireChange change;
  Moments* moments = nullptr;
  bool is_bus = false;     // has an `event_type`
  bool is_change = false;  // … which is state_changed
};

bool read_change(od::value& data, WireChange& change, Moments& moments) {
  od::object object;
  if (data.get_object().get(object) != SUCCESS) return false;
  bool has_state = false;  // null is one: the entity was removed
  const bool whole = each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (is(key, "entity_id")) return read_text(member, change.entity_id);
    if (!is(key, "new_state")) return true;
    has_state = true;
    change.state.reset();
    bool null = false;
    if (member.is_null().get(null) != SUCCESS) return false;
    return null || read_state(member, change.state.emplace(), moments, change.entity_id);
  });
  return whole && has_state && !change.entity_id.empty();
}

bool read_bus_member(od::raw_json_string key, od::value& member, BusEvent& out) {
  if (is(key, "data")) {
    if (out.is_change) return read_change(member, out.change, *out.moments);
    return read_raw(member, out.event.data);
  }
  if (is(key, "time_fired")) return out.moments->read(member, out.event.time_fired);
  if (is(key, "context")) return read_raw(member, out.event.context);
  if (is(key, "origin")) {
    std::string_view origin;
    if (!read_text(member, origin, "LOCAL")) return false;
    out.event.remote = origin == "REMOTE";
  }
  return true;
}

bool read_bus_type(od::value& type, BusEvent& out) {
  // Read once only: the parser has no room to unescape a text twice.
  if (out.is_bus || !read_text(type, out.event.type, "state_changed")) return false;
  out.is_bus = true;
  out.is_change = out.event.type == "state_changed";
  return true;
}

bool read_error(od::value& value, WireResult& result) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) return false;
  return each_member(object, [&](od::raw_json_string key, od::value& member) {
    std::string_view text;
    if (is(key, "code") || is(key, "message")) {
      if (!read_text(member, text)) return false;
      (is(key, "code") ? result.error_code : result.error_message) = text;
    }
    return true;
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

/// What is no event of the bus is kept as text; so is the type looked for where it is not the first
/// member.
bool read_other_event(od::object& object, Message& message) {
  od::value type;
  if (object.reset().error() != SUCCESS) return false;
  const simdjson::error_code found = object.find_field("event_type").get(type);
  // After any other error there is nothing to go back to.
  if (found != SUCCESS && found != simdjson::NO_SUCH_FIELD) return false;
  if (found == SUCCESS) {
    BusEvent& bus = message.bus;
    if (!read_bus_type(type, bus) || object.reset().error() != SUCCESS) return false;
    return each_member(object, [&](od::raw_json_string key, od::value& member) {
      return read_bus_member(key, member, bus);
    });
  }
  if (object.reset().error() != SUCCESS) return false;
  std::string_view raw;
  if (object.raw_json().get(raw) != SUCCESS) return false;
  message.push = raw;
  return true;
}

bool read_event(od::value& value, Message& message) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) return read_raw(value, message.push.emplace());
  // The type says how to read the data. Home Assistant writes it first.
  bool is_other = false;
  bool is_first = true;
  const bool whole = each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (!std::exchange(is_first, false)) return read_bus_member(key, member, message.bus);
    is_other = !is(key, "event_type");
    return !is_other && read_bus_type(member, message.bus);
  });
  return is_other || (is_first && whole) ? read_other_event(object, message) : whole;
}

bool read_message(od::object& object, Message& message) {
  return each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (is(key, "type")) return read_text(member, message.type, "event");
    if (is(key, "id")) return member.get_uint64().get(message.result.id) == SUCCESS;
    if (is(key, "event")) return read_event(member, message);
    if (is(key, "success")) return member.get_bool().get(message.result.success) == SUCCESS;
    if (is(key, "result")) return read_raw(member, message.result.result);
    if (is(key, "error")) return read_error(member, message.result);
    if (is(key, "message")) return read_text(member, message.text);
    if (is(key, "ha_version")) return read_text(member, message.version);
    return true;
  });
}

void hand_on(Message& message, std::string_view text, FrameSink& sink) {
  if (message.type == "event") {
    if (message.bus.is_change) {
      WireChange& change = message.bus.change;
      change.time_fired = message.bus.event.time_fired;
      change.context = message.bus.event.context;
      if (change.entity_id.empty()) {
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

/// What is wrong with the item, if it is no message. In one piece: an event has some twenty
/// members, and calls for each of them would cost a tenth of reading it.
[[gnu::flatten]] std::optional<Garbage> read_one(od::value& item, Message& message) {
  od::object object;
  if (item.get_object().get(object) != SUCCESS) return Garbage::kNotAnObject;
  if (!read_message(object, message)) return Garbage::kIncomplete;
  return std::nullopt;
}

/// The messages of an array, of which the last few are read and not yet handed on.
class ReadAhead {
 public:
  ReadAhead(std::string_view text, Moments& moments, FrameSink& sink)
      : text_(text), moments_(moments), sink_(sink) {}

  void add(od::value& item) {
    if (read_ - handed_ == kSize) hand_on_first();
    Place& place = places_[read_++ % kSize].emplace(moments_);
    place.garbage = read_one(item, place.message);
    const BusEvent& bus = place.message.bus;
    if (!place.garbage && bus.is_change) sink_.on_expected(bus.change.entity_id);
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

/// False where the array breaks off.
bool read_all(od::array& items, ReadAhead& ahead) {
  for (auto item : items) {
    od::value value;
    if (item.get(value) != SUCCESS) return false;
    ahead.add(value);
  }
  return true;
}

/// Whether nothing follows the value that has been read.
bool at_end(od::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace

void FrameReader::read(std::string_view message, FrameSink& sink) {
  od::document document;
  const simdjson::padded_string_view padded(message.data(), message.size(),
                                            message.size() + simdjson::SIMDJSON_PADDING);
  od::json_type type{};
  if (parsers_->message.iterate(padded).get(document) != SUCCESS ||
      document.type().get(type) != SUCCESS) {
    sink.on_garbage(Garbage::kNotJson, message);
    return;
  }
  if (type == od::json_type::array) {
    od::array items;
    ReadAhead ahead(message, parsers_->moments, sink);
    const bool whole =
        document.get_array().get(items) == SUCCESS && read_all(items, ahead) && at_end(document);
    ahead.hand_on_all();
    if (!whole) sink.on_garbage(Garbage::kNotJson, message);
  } else if (type == od::json_type::object) {
    od::value root;
    Message one(parsers_->moments);
    if (document.get_value().get(root) != SUCCESS) {
      sink.on_garbage(Garbage::kNotJson, message);
    } else if (const auto garbage = read_one(root, one)) {
      sink.on_garbage(*garbage, message);
    } else if (!at_end(document)) {
      sink.on_garbage(Garbage::kNotJson, message);
    } else {
      hand_on(one, message, sink);
    }
  } else {
    sink.on_garbage(Garbage::kNotAnObject, message);
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
    std::string_view result) {
  const auto bad = [] {
    return std::unexpected(std::string("the snapshot of states is unreadable"));
  };
  od::document document;
  const simdjson::padded_string_view padded(result.data(), result.size(),
                                            result.size() + simdjson::SIMDJSON_PADDING);
  if (parsers_->states.iterate(padded).get(document) != SUCCESS) return bad();
  od::array items;
  if (document.get_array().get(items) != SUCCESS) return bad();
  std::vector<model::WireState> states;
  for (auto item : items) {
    od::value value;
    if (item.get(value) != SUCCESS ||
        !read_state(value, states.emplace_back(), parsers_->moments, {})) {
      return bad();
    }
  }
  return states;
}

}  // namespace hassette::ha
