#include "bus/event_listener.hpp"

#include "async/loop.hpp"
#include "base/glob.hpp"
#include "bus/router.hpp"

namespace hassette::bus {

namespace {

/// The text of an event's datum, without a copy; empty where there is none.
std::string_view text_of(const Json& datum) {
  return datum.is_string() ? std::string_view(datum.as_string()) : std::string_view();
}

}  // namespace

EventListener::EventListener(Owner& owner, run::Observer& observer, run::Source source,
                             std::string topic, Policy policy, EventQuestion question,
                             Where<Event> where, std::unique_ptr<Handler<Event>> handler)
    : ListenerOf(owner, observer, std::move(source), std::move(topic), std::move(policy),
                 std::move(handler)),
      question_(std::move(question)),
      where_(std::move(where)) {}

Verdict EventListener::ask(const std::shared_ptr<const Event>& event) {
  for (const auto& [name, pattern] : question_.data) {
    if (!pattern.empty() && !base::glob_match(pattern, text_of(event->data[name]))) {
      return Verdict::kData;
    }
  }
  if (!where_.is_set()) return Verdict::kRan;
  try {
    const async::Loop::Naming naming(loop(), runner().label());
    return asks(where_, *event) ? Verdict::kRan : Verdict::kWhere;
  } catch (...) {
    condition_threw(event);
    return Verdict::kFailed;
  }
}

void EventListener::take(const std::shared_ptr<const Event>& event) {
  Verdict verdict = ask(event);
  if (verdict == Verdict::kRan) verdict = accept(0, event);
  note(event->time_fired, 0, verdict);
}

void EventListener::leave_router() {
  owner_.router->remove(*this);
}

std::string EventListener::outcome(const Verdicts::Note& note) const {
  std::string text = ListenerOf::outcome(note);
  if (note.verdict == Verdict::kWhere) text += " (" + where_.part_summary(note.part) + ")";
  return text;
}

std::vector<Listener::Fact> EventListener::facts() const {
  std::vector<Fact> all = ListenerOf::facts();
  all.emplace_back(".where", where_.summary());
  return all;
}

}  // namespace hassette::bus
