#include "bus/sequence.hpp"

#include <fmt/format.h>

#include <hassette/duration.hpp>
#include "async/loop.hpp"

namespace hassette {

using Kind = Sequence::Kind;

namespace {
constexpr std::size_t kMostSteps = 16;
}

Sequence Sequence::within(Length time) && {
  if (steps_.size() < 2 || steps_.back().kind == Kind::kWithout || steps_.back().within) {
    misplaced_within_ = true;
  } else {
    steps_.back().within = time;
  }
  return std::move(*this);
}

std::string Sequence::problem() const {
  if (misplaced_within_) {
    return ".within(…) stands once behind each .then(…) or .not_followed_by(…) that it limits";
  }
  if (steps_.size() < 2) return "a sequence has at least two steps: add .then(…)";
  if (steps_.size() > kMostSteps) {
    return fmt::format("a sequence has at most {} steps", kMostSteps);
  }
  for (std::size_t i = 1; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const bool last = i + 1 == steps_.size();
    if (step.within && *step.within <= std::chrono::nanoseconds(0)) {
      return ".within(…) must be longer than zero";
    }
    if (step.kind == Kind::kWithout && last) {
      return ".without(…) needs a .then(…) behind it; as the last, write "
             ".not_followed_by(…).within(…)";
    }
    if (step.kind != Kind::kNotFollowedBy) continue;
    if (!last) return ".not_followed_by(…) is the last step; between two steps, write .without(…)";
    if (!step.within)
      return ".not_followed_by(…) needs .within(…): the handler runs when it is over";
  }
  return {};
}

std::string Sequence::summary() const {
  std::string text;
  for (const Step& step : steps_) {
    const std::string what = step.to.is_set()
                                 ? fmt::format("{} to {}", step.entities.text(), step.to.summary())
                                 : step.entities.text();
    text += text.empty()                  ? what
            : step.kind == Kind::kThen    ? ", then " + what
            : step.kind == Kind::kWithout ? ", without " + what
                                          : ", not followed by " + what;
    if (step.within) text += " within " + format_duration(*step.within);
  }
  return text;
}

namespace bus {

SequenceWatch::SequenceWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
                             Where<StateChange> where,
                             std::unique_ptr<Handler<StateChange>> handler,
                             const Sequence& sequence)
    : Watch(owner, std::move(source), std::move(topic), std::move(policy), std::move(where),
            std::move(handler)) {
  for (const Sequence::Step& step : sequence.steps()) {
    if (step.kind == Kind::kWithout) continue;
    links_.push_back({step.kind, step.within});
  }
  matches_.resize(links_.size());
  // From the last to the first, so that one change moves a match by one step; what is forbidden
  // before a step is heard before the step.
  std::size_t place = links_.size();
  const auto& steps = sequence.steps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->kind == Kind::kWithout) continue;
    --place;
    for (auto before = step + 1; before != steps.rend() && before->kind == Kind::kWithout;
         ++before) {
      hear(before->entities, before->to, true, [this, place](const StateChange& change) {
        if (change.new_state) forbid(place);
      });
    }
    hear(step->entities, step->to, true,
         [this, place](const StateChange& change) { this->step(place, change); });
  }
}

void SequenceWatch::step(std::size_t place, const StateChange& change) {
  if (!change.new_state) return;
  if (links_[place].kind == Kind::kNotFollowedBy) {
    matches_[place].reset();
    return;
  }
  // What happened while the connection was lost has no order that anybody knows.
  if (change.recovered) return;
  if (place > 0) {
    if (!matches_[place]) return;
    matches_[place].reset();
  }
  if (place + 1 == links_.size()) {
    complete(change, 0);
  } else {
    wait_for(place + 1, change);
  }
}

void SequenceWatch::wait_for(std::size_t place, const StateChange& change) {
  Match& match = matches_[place].emplace(change, nullptr);
  if (!links_[place].within) return;
  match.deadline = std::make_unique<Alarm>(*this, [this, place] { time_is_over(place); });
  match.deadline->start_in(*links_[place].within);
}

void SequenceWatch::time_is_over(std::size_t place) {
  const std::optional<Match> match = std::exchange(matches_[place], std::nullopt);
  if (links_[place].kind == Kind::kNotFollowedBy) complete(match->last, 0);
}

void SequenceWatch::drop_state() {
  for (auto& match : matches_) match.reset();
}

}  // namespace bus
}  // namespace hassette
