#pragma once
// EventListener: a registration for an event type, with globs over the event's data. Loop thread
// only.
#include "bus/listener.hpp"

namespace hassette::bus {

class EventListener final : public ListenerOf<Event> {
 public:
  EventListener(Owner& owner, run::Observer& observer, run::Source source, std::string topic,
                Policy policy, EventQuestion question, Where<Event> where,
                std::unique_ptr<Handler<Event>> handler);

  const EventQuestion& question() const { return question_; }
  void take(const std::shared_ptr<const Event>& event);

 private:
  Verdict ask(const std::shared_ptr<const Event>& event);
  std::vector<Fact> facts() const override;
  std::string what(std::uint32_t) const override { return question_.type; }
  std::string outcome(const Verdicts::Note& note) const override;
  void leave_router() override;

  EventQuestion question_;
  Where<Event> where_;
};

}  // namespace hassette::bus
