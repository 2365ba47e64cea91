#include "sim/event.hpp"

#include <algorithm>

namespace hassette::sim {

Event::Event(std::string type, Json data, bool remote, TimePoint time, Context context)
    : type_(std::move(type)),
      data_(std::move(data)),
      remote_(remote),
      time_(time),
      context_(std::move(context)) {}

Event::Event(StatePtr before, StatePtr after, TimePoint time, const Context& context)
    : type_("state_changed"),
      before_(std::move(before)),
      after_(std::move(after)),
      time_(time),
      context_(after_ ? Context() : context) {}

const std::string& Event::entity_id() const {
  static const std::string none;
  if (after_) return after_->entity_id();
  return before_ ? before_->entity_id() : none;
}

const TextPtr& Event::text() const {
  if (text_) return text_;
  std::string out;
  const std::size_t states =
      (before_ ? before_->text().size() : 4) + (after_ ? after_->text().size() : 4);
  out.reserve(states + 320);
  out += R"({"event_type":)";
  append_quoted(type_, out);
  out += R"(,"data":)";
  if (before_ || after_) {
    out += R"({"entity_id":")";
    out += entity_id();
    out += R"(","old_state":)";
    out += before_ ? before_->text() : "null";
    out += R"(,"new_state":)";
    out += after_ ? after_->text() : "null";
    out += '}';
  } else {
    data_.dump_to(out);
  }
  out += remote_ ? R"(,"origin":"REMOTE","time_fired":")" : R"(,"origin":"LOCAL","time_fired":")";
  out += iso_text(time_);
  out += R"(","context":)";
  append_json(context(), out);
  out += '}';
  return text_ = std::make_shared<const std::string>(std::move(out));
}

const TextPtr& Event::compressed_text() const {
  if (compressed_) return compressed_;
  std::string out;
  if (!after_) {
    out = R"({"r":[")" + entity_id() + R"("]})";
  } else {
    out = (before_ ? R"({"c":{")" : R"({"a":{")") + entity_id() + R"(":)";
    out += before_ ? compressed_difference(*before_, *after_) : after_->compressed_text();
    out += "}}";
  }
  return compressed_ = std::make_shared<const std::string>(std::move(out));
}

std::uint64_t EventBus::listen(std::string_view type, Listener listener) {
  const std::uint64_t number = ++listened_;
  auto list = lists_.find(type);
  if (list == lists_.end()) list = lists_.emplace(std::string(type), List{}).first;
  list->second.push_back({number, std::move(listener)});
  types_.emplace(number, type);
  return number;
}

void EventBus::forget(std::uint64_t number) {
  const auto type = types_.find(number);
  if (type == types_.end()) return;
  for (Entry& entry : lists_.find(type->second)->second) {
    if (entry.number == number) entry.alive = false;
  }
  types_.erase(type);
  dirty_ = true;
  sweep();
}

void EventBus::sweep() {
  if (depth_ > 0 || !dirty_) return;
  dirty_ = false;
  for (auto list = lists_.begin(); list != lists_.end();) {
    std::erase_if(list->second, [](const Entry& entry) { return !entry.alive; });
    list = list->second.empty() ? lists_.erase(list) : std::next(list);
  }
}

void EventBus::run(List& list, const EventPtr& event) {
  for (std::size_t i = 0, count = list.size(); i < count; ++i) {
    if (list[i].alive) list[i].listener(event);
  }
}

void EventBus::fire(const EventPtr& event) {
  ++depth_;
  const auto own = lists_.find(event->type());
  if (own != lists_.end()) run(own->second, event);
  if (event->type() != "state_reported" && event->type() != "homeassistant_close") {
    const auto all = lists_.find(kAll);
    if (all != lists_.end()) run(all->second, event);
  }
  --depth_;
  sweep();
}

bool EventBus::has_listener(std::string_view type) const {
  return lists_.contains(type) || lists_.contains(kAll);
}

Json EventBus::listener_counts() const {
  Json counts = Json::array();
  for (const auto& [type, list] : lists_) {
    const auto alive = std::ranges::count_if(list, &Entry::alive);
    counts.push_back(Json::object({{"event", type}, {"listener_count", alive}}));
  }
  return counts;
}

}  // namespace hassette::sim
