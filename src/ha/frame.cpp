#include "ha/frame.hpp"

#include <simdjson.h>

#include "time/iso8601.hpp"

namespace hassette::ha {

namespace od = simdjson::ondemand;

struct FrameReader::Parsers {
  od::parser message;
  od::parser states;
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

using simdjson::SUCCESS;

// Each reader returns false where the text is not what it should be; the caller gives the object
// up. Values are passed by reference: copying the parser's handles costs more than reading does.

bool read_text(od::value& value, std::string_view& out) {
  return value.get_string().get(out) == SUCCESS;
}

bool read_raw(od::value& value, std::string_view& out) {
  return simdjson::to_json_string(value).get(out) == SUCCESS;
}

/// Reads moments; Home Assistant repeats the same one in an event, and it is parsed once.
class Moments {
 public:
  bool read(od::value& value, TimePoint& out) {
    std::string_view text;
    if (!read_text(value, text)) return false;
    if (text != text_) {
      const auto time = time::parse_iso8601(text);
      if (!time) return false;
      text_ = text;
      time_ = *time;
    }
    out = time_;
    return !text.empty();
  }

 private:
  std::string_view text_;  // the last one that was read
  TimePoint time_;
};

bool is_null(od::value& value, bool& null) {
  od::json_type type{};
  if (value.type().get(type) != SUCCESS) return false;
  null = type == od::json_type::null;
  return true;
}

/// Calls `read(key, value)` for each member, until it returns false.
template <class F>
bool each_member(od::object& object, F read) {
  for (auto field : object) {
    od::raw_json_string key;
    od::value value;
    if (field.key().get(key) != SUCCESS || field.value().get(value) != SUCCESS) return false;
    if (!read(key, value)) return false;
  }
  return true;
}

bool read_state(od::value& value, model::WireState& state, Moments& moments) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) return false;
  bool has_id = false;
  bool has_state = false;
  state.attributes = "{}";
  const bool whole = each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (key == "entity_id") return has_id = read_text(member, state.entity_id);
    if (key == "state") return has_state = read_text(member, state.state);
    if (key == "attributes") return read_raw(member, state.attributes);
    if (key == "last_changed") return moments.read(member, state.last_changed);
    if (key == "last_updated") return moments.read(member, state.last_updated);
    if (key == "context") return read_raw(member, state.context);
    return true;
  });
  return whole && has_id && has_state && !state.entity_id.empty();
}

struct BusEvent {
  WireEvent event;
  WireChange change;
  Moments moments;
  bool is_bus = false;     // has an `event_type`
  bool is_change = false;  // … which is state_changed
};

bool read_change(od::value& data, WireChange& change, Moments& moments) {
  od::object object;
  if (data.get_object().get(object) != SUCCESS) return false;
  bool has_state = false;  // null is one: the entity was removed
  const bool whole = each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (key == "entity_id") return read_text(member, change.entity_id);
    if (key != "new_state") return true;
    bool null = false;
    if (!is_null(member, null)) return false;
    has_state = true;
    change.state.reset();
    return null || read_state(member, change.state.emplace(), moments);
  });
  return whole && has_state && !change.entity_id.empty();
}

/// Reads all but the type, which is known by then: it says how to read the data.
bool read_bus_event(od::object& object, BusEvent& out) {
  return each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (key == "data") {
      if (out.is_change) return read_change(member, out.change, out.moments);
      return read_raw(member, out.event.data);
    }
    if (key == "time_fired") return out.moments.read(member, out.event.time_fired);
    if (key == "context") return read_raw(member, out.event.context);
    if (key == "origin") {
      std::string_view origin;
      if (!read_text(member, origin)) return false;
      out.event.remote = origin == "REMOTE";
    }
    return true;
  });
}

bool read_error(od::value& value, WireResult& result) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) return false;
  return each_member(object, [&](od::raw_json_string key, od::value& member) {
    std::string_view text;
    if (key == "code" || key == "message") {
      if (!read_text(member, text)) return false;
      (key == "code" ? result.error_code : result.error_message) = text;
    }
    return true;
  });
}

/// One message of the frame, gathered before anything is handed on: a broken one has no effect.
struct Message {
  std::string_view type;
  std::string_view text;  // the `message` of the authentication phase
  std::string_view version;
  std::optional<std::string_view> push;
  BusEvent bus;
  WireResult result;
};

bool read_event(od::value& value, Message& message) {
  // An event of the bus has a type, which comes first; everything else that is pushed is kept as
  // text.
  od::object object;
  if (value.get_object().get(object) != SUCCESS) return read_raw(value, message.push.emplace());
  od::value type;
  const simdjson::error_code found = object.find_field("event_type").get(type);
  // After any other error there is nothing to go back to.
  if (found != SUCCESS && found != simdjson::NO_SUCH_FIELD) return false;
  if (found == SUCCESS) {
    BusEvent& bus = message.bus;
    // Read once only: the parser has no room to unescape a text twice.
    if (bus.is_bus || !read_text(type, bus.event.type)) return false;
    bus.is_bus = true;
    bus.is_change = bus.event.type == "state_changed";
    return object.reset().error() == SUCCESS && read_bus_event(object, bus);
  }
  if (object.reset().error() != SUCCESS) return false;
  std::string_view raw;
  if (object.raw_json().get(raw) != SUCCESS) return false;
  message.push = raw;
  return true;
}

bool read_message(od::object& object, Message& message) {
  return each_member(object, [&](od::raw_json_string key, od::value& member) {
    if (key == "type") return read_text(member, message.type);
    if (key == "id") return member.get_uint64().get(message.result.id) == SUCCESS;
    if (key == "event") return read_event(member, message);
    if (key == "success") return member.get_bool().get(message.result.success) == SUCCESS;
    if (key == "result") return read_raw(member, message.result.result);
    if (key == "error") return read_error(member, message.result);
    if (key == "message") return read_text(member, message.text);
    if (key == "ha_version") return read_text(member, message.version);
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

/// True if the item is a message; if not, the sink has been told.
bool read_one(od::value& item, std::string_view text, Message& message, FrameSink& sink) {
  od::object object;
  if (item.get_object().get(object) != SUCCESS) {
    sink.on_garbage(Garbage::kNotAnObject, text);
    return false;
  }
  if (read_message(object, message)) return true;
  sink.on_garbage(Garbage::kIncomplete, text);
  return false;
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
  if (parsers_->message.iterate(padded).get(document) != SUCCESS) {
    sink.on_garbage(Garbage::kNotJson, message);
    return;
  }
  od::json_type type{};
  if (document.type().get(type) != SUCCESS) {
    sink.on_garbage(Garbage::kNotJson, message);
    return;
  }
  if (type == od::json_type::array) {
    od::array items;
    if (document.get_array().get(items) != SUCCESS) {
      sink.on_garbage(Garbage::kNotJson, message);
      return;
    }
    for (auto item : items) {
      od::value value;
      if (item.get(value) != SUCCESS) {
        sink.on_garbage(Garbage::kNotJson, message);
        return;
      }
      Message one;
      if (read_one(value, message, one, sink)) hand_on(one, message, sink);
    }
    if (!at_end(document)) sink.on_garbage(Garbage::kNotJson, message);
  } else if (type == od::json_type::object) {
    od::value root;
    Message one;
    if (document.get_value().get(root) != SUCCESS) {
      sink.on_garbage(Garbage::kNotJson, message);
    } else if (read_one(root, message, one, sink)) {
      if (at_end(document)) {
        hand_on(one, message, sink);
      } else {
        sink.on_garbage(Garbage::kNotJson, message);
      }
    }
  } else {
    sink.on_garbage(Garbage::kNotAnObject, message);
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
  Moments moments;
  for (auto item : items) {
    od::value value;
    if (item.get(value) != SUCCESS || !read_state(value, states.emplace_back(), moments)) {
      return bad();
    }
  }
  return states;
}

}  // namespace hassette::ha
