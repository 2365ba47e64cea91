#include "bus/watch.hpp"

#include <fmt/format.h>

#include "async/loop.hpp"
#include "bus/router.hpp"
#include "bus/unknown.hpp"
#include "bus/unseen.hpp"

namespace hassette::bus {

namespace {

/// Gives what it hears to the watch, which outlives it.
template <class E>
class Feed final : public Handler<E> {
 public:
  explicit Feed(std::function<void(const E&)> feed) : feed_(std::move(feed)) {}
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> run(const E& event) override {
    feed_(event);
    return nothing();
  }
  std::string_view domain() const override { return {}; }
  bool same(const Handler<E>& /*other*/) const override { return false; }

 private:
  static Task<> nothing() { co_return; }
  std::function<void(const E&)> feed_;
};

}  // namespace

Watch::Watch(Owner& owner, run::Source source, std::string topic, Policy policy,
             Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler)
    : ListenerOf(owner, owner.router->observer(), std::move(source), std::move(topic),
                 std::move(policy), std::move(handler)),
      where_(std::move(where)) {}

void Watch::Alarm::start_in(std::chrono::nanoseconds time) {
  stop();
  watch_.loop().start_timer(*this, async::later(watch_.loop().now(), time));
}

void Watch::Alarm::fire() {
  const std::shared_ptr<Listener> keep = watch_.shared_from_this();
  const std::function<void()> call = call_;  // what it does may destroy this
  call();
}

// --- Inputs

template <class E>
std::unique_ptr<Handler<E>> Watch::feeding(std::function<void(const E&)> feed) {
  return std::make_unique<Feed<E>>([this, feed = std::move(feed)](const E& event) {
    const std::shared_ptr<Listener> keep = shared_from_this();
    if (active()) feed(event);
  });
}

run::Source Watch::input_source() const {
  run::Source its = source();
  its.trigger += " (a part)";
  return its;
}

Policy Watch::input_policy() const {
  return {.mode = Mode::kParallel,
          .timeout = kNoTimeout,
          .debounce = {},
          .throttle = {},
          .priority = policy().priority,
          .once = false,
          .on_error = policy().on_error};
}

StateListener& Watch::hear(Entities entities, Condition to, bool changed,
                           std::function<void(const StateChange&)> feed) {
  StateListener& input = *on_states_.emplace_back(
      std::make_shared<StateListener>(owner_, unseen(), input_source(), "input", input_policy(),
                                      StateListener::Question{.entities = std::move(entities),
                                                              .attribute = {},
                                                              .changed_from = {},
                                                              .changed_to = std::move(to),
                                                              .changed = changed,
                                                              .where = {},
                                                              .duration = {},
                                                              .immediate = false},
                                      feeding<StateChange>(std::move(feed))));
  input.fail_as(*this);
  return input;
}

void Watch::hear(std::string event_type, std::function<void()> feed) {
  on_events_.push_back(std::make_shared<EventListener>(
      owner_, unseen(), input_source(), "input", input_policy(),
      EventQuestion{std::move(event_type), {}, {}}, Where<Event>(),
      feeding<Event>([feed = std::move(feed)](const Event&) { feed(); })));
}

void Watch::begin() {
  for (const auto& input : on_states_) {
    owner_.router->add(*input);
    warn_of_unknown(*input);
  }
  for (const auto& input : on_events_) owner_.router->add(*input);
  begun();
}

void Watch::leave_router() {
  // They are destroyed with this, which the router keeps as long as a dispatch goes on.
  for (const auto& input : on_states_) input->cancel(CancelReason::kRequested);
  for (const auto& input : on_events_) input->cancel(CancelReason::kRequested);
}

void Watch::drop_held() {
  drop_state();
  ListenerOf::drop_held();
}

// --- The run

void Watch::complete(const StateChange& change, Lane lane) {
  const auto shared = std::make_shared<const StateChange>(change);
  Verdict verdict = Verdict::kRan;
  if (where_.is_set()) {
    try {
      const async::Loop::Naming naming(loop(), runner().label());
      if (!asks(where_, *shared)) verdict = Verdict::kWhere;
    } catch (...) {
      condition_threw(shared);
      verdict = Verdict::kFailed;
    }
  }
  if (verdict == Verdict::kRan && !active()) verdict = Verdict::kEnded;
  if (verdict == Verdict::kRan) verdict = accept(lane, shared);
  note(loop().wall(), lane, verdict);
}

const state::Cache& Watch::cache() const {
  return owner_.router->cache();
}

TimePoint Watch::home_now() const {
  return loop().wall() + owner_.router->clock_offset();
}

std::string Watch::what(std::uint32_t /*entity*/) const {
  return source().trigger;
}

std::string Watch::outcome(const Verdicts::Note& note) const {
  std::string text = ListenerOf::outcome(note);
  if (note.verdict == Verdict::kWhere) text += " (" + where_.part_summary(note.part) + ")";
  return text;
}

std::vector<Listener::Fact> Watch::facts() const {
  std::vector<Fact> all = ListenerOf::facts();
  all.emplace_back(".where", where_.summary());
  return all;
}

}  // namespace hassette::bus
