#pragma once
// Listeners: one registration each, with what it asks, what it holds back and its runs.
//
// The app's Owner keeps a listener while it is registered, and every run of it does, so that a
// handler outlives its frames. Loop thread only.
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <hassette/bus.hpp>
#include "async/timer.hpp"
#include "bus/owner.hpp"
#include "bus/verdict.hpp"
#include "run/runner.hpp"

namespace hassette::bus {

/// What every registration can be told, checked.
struct Policy {
  Mode mode;
  std::chrono::nanoseconds timeout = kNoTimeout;
  std::optional<std::chrono::nanoseconds> debounce;
  Throttle throttle;
  int priority = 0;
  bool once = false;
  ErrorHandler on_error;
};

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Lane = run::Runner::LaneKey;
  /// One thing that a registration was told, in words: {".debounce", "5 s"}.
  using Fact = std::pair<std::string_view, std::string>;
  struct Counts {
    std::uint64_t throttled = 0;
    std::uint64_t suppressed = 0;
    std::uint64_t dropped = 0;
  };

  Listener(Owner& owner, run::Observer& observer, run::Source source, std::string topic,
           Policy policy);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  /// Takes it out of the router, forgets what it holds back, cancels runs other than the caller's
  /// own.
  void cancel(CancelReason reason);
  bool active() const { return active_; }
  /// On which alone it may be asked and destroyed; for handles, which may outlive its owner.
  const std::shared_ptr<const async::LoopThread>& thread() const { return thread_; }
  const Owner& owner() const { return owner_; }
  Owner& owner() { return owner_; }
  run::Runner& runner() { return runner_; }
  const run::Runner& runner() const { return runner_; }
  const run::Source& source() const { return runner_.source(); }
  const Policy& policy() const { return policy_; }
  /// What it listens to and its name: unique in its app.
  const std::string& key() const { return key_; }
  const Counts& counts() const { return counts_; }
  std::vector<Seen> recent() const;
  virtual Durability durability() const { return {}; }
  /// Where this one was told something else than `other`, which has the same key.
  std::vector<std::string> differences(const Listener& other) const;

  /// The place among the listeners of one event: by priority, then in the order of registration.
  bool before(const Listener& other) const {
    return policy_.priority != other.policy_.priority ? policy_.priority > other.policy_.priority
                                                      : order_ < other.order_;
  }
  std::uint64_t order() const { return order_; }
  void set_order(std::uint64_t order) { order_ = order; }
  /// It stands behind another registration, as a sequence's steps do: what fails in its questions
  /// is told as that one's.
  void fail_as(const Listener& other) {
    failures_to_ = &other.runner().observer();
    failures_of_ = other.runner().number();
  }

 protected:
  virtual std::vector<Fact> facts() const;
  virtual bool same_handler(const Listener& other) const = 0;
  virtual std::string what(std::uint32_t entity) const = 0;
  virtual std::string outcome(const Verdicts::Note& note) const {
    return std::string(to_string(note.verdict));
  }
  virtual void leave_router() = 0;
  virtual void drop_held() = 0;
  /// What is remembered of it over a restart stays (the app or the engine stops) or goes.
  virtual void leave_ledger(CancelReason reason) { static_cast<void>(reason); }

  Verdict submit(std::unique_ptr<run::Run> run, Lane lane);
  void count(Verdict verdict);
  void note(TimePoint time, std::uint32_t entity, Verdict verdict) {
    verdicts_.add({time, entity, verdict, refusing_});
  }
  /// Asks `.where`, and keeps which part says no for the note on this event.
  template <class E>
  bool asks(const Where<E>& where, const E& event) {
    refusing_ = where.refusing(event, moment());
    return refusing_ == kNoPart;
  }
  /// A condition threw: that is the listener's error, for this event only.
  void condition_failed(HandlerError error);
  void tell(HandlerError error);
  HandlerError error_of(std::string cause, const std::exception_ptr& error,
                        std::string message) const;
  async::Loop& loop() const { return owner_.bucket->loop(); }
  Moment moment() const;

  Owner& owner_;

 private:
  void end();
  const std::shared_ptr<const async::LoopThread> thread_;
  run::Runner runner_;
  std::string key_;
  Policy policy_;
  std::shared_ptr<run::ErrorSink> on_error_;
  std::uint64_t order_ = 0;
  PartNumber refusing_ = kNoPart;
  run::Observer* failures_to_;  // outlives all listeners
  std::uint64_t failures_of_;
  Verdicts verdicts_;
  Counts counts_;
  bool active_ = true;
};

std::string describe(const StateChange& change);
std::string describe(const Event& event);

/// What listeners to changes and to other events have in common: the handler, and what lies between
/// an event that passed every question and its run.
template <class E>
class ListenerOf : public Listener {
 public:
  using Shared = std::shared_ptr<const E>;
  ListenerOf(Owner& owner, run::Observer& observer, run::Source source, std::string topic,
             Policy policy, std::unique_ptr<Handler<E>> handler);

  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> call(const E& event) {
    return handler_->run(event);
  }
  void failed(const run::Failure& failure, const Shared& event);

 protected:
  /// It has passed every question: debounce, throttle and mode decide.
  Verdict accept(Lane lane, const Shared& event);
  void condition_threw(const Shared& event);
  void drop_held() override { held_.clear(); }
  void drop_held(Lane lane) { held_.erase(lane); }

 private:
  /// What debounce or throttle knows of one lane.
  class Held final : public async::Timer {
   public:
    Held(ListenerOf& listener, Lane lane) : listener_(listener), lane_(lane) {}
    Shared newest;
    async::MonoTime closed_until{};  // throttle lets nothing through before

   private:
    void fire() override { listener_.held_is_due(lane_); }
    ListenerOf& listener_;
    Lane lane_;
  };
  Verdict debounce(Lane lane, const Shared& event);
  Verdict throttle(Lane lane, const Shared& event);
  Verdict begin(Lane lane, const Shared& event);
  void held_is_due(Lane lane);
  bool same_handler(const Listener& other) const override;

  std::unique_ptr<Handler<E>> handler_;
  std::unordered_map<Lane, Held> held_;
};

extern template class ListenerOf<StateChange>;
extern template class ListenerOf<Event>;

}  // namespace hassette::bus
