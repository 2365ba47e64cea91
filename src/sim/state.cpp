#include "sim/state.hpp"

#include "time/iso8601.hpp"

namespace hassette::sim {

State::State(std::string entity_id, std::string state, AttributesPtr attributes, Context context,
             TimePoint changed, TimePoint updated)
    : entity_id_(std::make_shared<const std::string>(std::move(entity_id))),
      state_(std::move(state)),
      attributes_(std::move(attributes)),
      context_(std::move(context)),
      last_changed_(changed),
      last_updated_(updated),
      last_reported_(updated) {}

State::State(const State& before, std::string state, Context context, TimePoint time)
    : entity_id_(before.entity_id_),
      state_(std::move(state)),
      attributes_(before.attributes_),
      context_(std::move(context)),
      last_changed_(time),
      last_updated_(time),
      last_reported_(time) {}

std::string_view State::domain() const {
  return std::string_view(*entity_id_).substr(0, entity_id_->find('.'));
}

const std::string& State::text() const {
  if (!text_.empty()) return text_;
  text_.reserve(entity_id_->size() + state_.size() + attributes_->text.size() + 340);
  text_ += R"({"entity_id":")";
  text_ += *entity_id_;
  text_ += R"(","state":)";
  append_quoted(state_, text_);
  text_ += R"(,"attributes":)";
  text_ += attributes_->text;
  text_ += R"(,"last_changed":")";
  text_ += iso_text(last_changed_);
  text_ += R"(","last_reported":")";
  text_ += iso_text(last_reported_);
  text_ += R"(","last_updated":")";
  text_ += iso_text(last_updated_);
  text_ += R"(","context":)";
  append_json(context_, text_);
  text_ += '}';
  return text_;
}

std::string State::compressed_text() const {
  std::string out = R"({"s":)";
  append_quoted(state_, out);
  out += R"(,"a":)";
  out += attributes_->text;
  out += R"(,"c":)";
  if (context_.parent_id.empty() && context_.user_id.empty()) {
    append_quoted(context_.id, out);
  } else {
    append_json(context_, out);
  }
  out += R"(,"lc":)";
  out += float_text(epoch_seconds(last_changed_));
  if (last_updated_ != last_changed_) {
    out += R"(,"lu":)";
    out += float_text(epoch_seconds(last_updated_));
  }
  out += '}';
  return out;
}

namespace {

TimePoint instant_of(const Json& value) {
  const auto text = value.get<std::string>();
  return text ? time::parse_iso8601(*text).value_or(TimePoint{}) : TimePoint{};
}

void append_context_difference(const Context& before, const Context& after, std::string& out) {
  const bool parent = before.parent_id != after.parent_id;
  const bool user = before.user_id != after.user_id;
  if (!parent && !user) {
    if (before.id == after.id) return;
    out += R"("c":)";
    append_quoted(after.id, out);
    out += ',';
    return;
  }
  Json changed = Json::object();
  const auto null_if_empty = [](const std::string& text) {
    return text.empty() ? Json() : Json(text);
  };
  if (parent) changed["parent_id"] = null_if_empty(after.parent_id);
  if (user) changed["user_id"] = null_if_empty(after.user_id);
  if (before.id != after.id) changed["id"] = after.id;
  out += R"("c":)";
  changed.dump_to(out);
  out += ',';
}

}  // namespace

StatePtr state_from_json(const Json& value) {
  auto state = std::make_shared<State>(
      value["entity_id"].as_string(), value["state"].as_string(),
      std::make_shared<const Attributes>(value["attributes"]), context_from_json(value["context"]),
      instant_of(value["last_changed"]), instant_of(value["last_updated"]));
  state->report(instant_of(value["last_reported"]));
  return state;
}

std::string compressed_difference(const State& before, const State& after) {
  std::string out = R"({"+":{)";
  if (before.state() != after.state()) {
    out += R"("s":)";
    append_quoted(after.state(), out);
    out += ',';
  }
  if (before.last_changed() != after.last_changed()) {
    out += R"("lc":)" + float_text(epoch_seconds(after.last_changed())) + ',';
  } else if (before.last_updated() != after.last_updated()) {
    out += R"("lu":)" + float_text(epoch_seconds(after.last_updated())) + ',';
  }
  append_context_difference(before.context(), after.context(), out);
  Json removed;
  if (before.shared_attributes() != after.shared_attributes()) {
    Json changed;
    for (const auto& [key, value] : after.attributes().as_object()) {
      // A new attribute that is null looks unchanged, here as in Home Assistant.
      if (before.attributes()[key] != value) changed[key] = value;
    }
    for (const auto& [key, value] : before.attributes().as_object()) {
      if (!after.attributes().contains(key)) removed.push_back(key);
    }
    if (!changed.is_null()) out += R"("a":)" + changed.dump() + ',';
  }
  if (out.back() == ',') out.pop_back();
  out += '}';
  if (!removed.is_null()) out += R"(,"-":{"a":)" + removed.dump() + '}';
  out += '}';
  return out;
}

const StatePtr& StateMachine::find(std::string_view entity_id) const {
  static const StatePtr none;
  const auto place = places_.find(entity_id);
  return place == places_.end() ? none : slots_[place->second];
}

StatePtr* StateMachine::slot(std::string_view entity_id) {
  const auto place = places_.find(entity_id);
  return place == places_.end() ? nullptr : &slots_[place->second];
}

StatePtr StateMachine::put(StatePtr state) {
  const auto place = places_.find(std::string_view(state->entity_id()));
  if (place != places_.end()) return std::exchange(slots_[place->second], std::move(state));
  places_.emplace(state->entity_id(), slots_.size());
  slots_.push_back(std::move(state));
  return nullptr;
}

StatePtr StateMachine::remove(std::string_view entity_id) {
  const auto place = places_.find(entity_id);
  if (place == places_.end()) return nullptr;
  StatePtr removed = std::move(slots_[place->second]);
  places_.erase(place);
  if (slots_.size() > 2 * places_.size() + 64) {
    std::erase(slots_, nullptr);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      places_.find(std::string_view(slots_[i]->entity_id()))->second = i;
    }
  }
  return removed;
}

void StateMachine::clear() {
  slots_.clear();
  places_.clear();
}

std::vector<StatePtr> StateMachine::all() const {
  std::vector<StatePtr> states;
  states.reserve(size());
  for_each([&](const StatePtr& state) { states.push_back(state); });
  return states;
}

}  // namespace hassette::sim
