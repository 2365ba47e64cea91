#pragma once
// Listeners: one registration each, with its predicates, its holds and its runs.
//
// Shared by the router and every run, so that a handler outlives its frames. Loop thread only.
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <hassette/bus.hpp>
#include "async/timer.hpp"
#include "bus/owner.hpp"
#include "run/runner.hpp"
#include "state/cache.hpp"

namespace hassette::bus {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Owner& owner, run::Observer& observer, run::Source source, Mode mode, bool once);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  /// Takes it out of the router, stops holds, cancels runs other than the caller's own.
  void cancel(CancelReason reason);
  bool active() const { return active_; }
  const Owner& owner() const { return owner_; }
  run::Runner& runner() { return runner_; }
  const run::Source& source() const { return runner_.source(); }

 protected:
  void submit(std::unique_ptr<run::Run> run);
  /// A predicate threw: that is the listener's error, for this event only.
  void predicate_failed(const std::exception_ptr& error, std::string_view event);
  virtual void drop_holds() {}

  Owner& owner_;

 private:
  void end();
  run::Runner runner_;
  bool once_;
  bool active_ = true;
};

class StateListener final : public Listener {
 public:
  struct Question {
    std::string entity;     // id or glob
    std::string attribute;  // empty: the state itself
    Condition changed_from;
    Condition changed_to;
    bool changed = true;
    std::function<bool(const StateChange&)> where;
    std::optional<std::chrono::nanoseconds> duration;
  };
  StateListener(Owner& owner, run::Observer& observer, run::Source source, Mode mode, bool once,
                Question question, std::unique_ptr<Handler<StateChange>> handler);

  const Question& question() const { return question_; }
  bool is_pattern() const { return is_pattern_; }
  bool matches(std::string_view entity_id) const;

  /// One change of an entity that it listens to. `shared` is made once for all listeners.
  void take(const state::Change& change, std::shared_ptr<const StateChange>& shared);
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> call(
      const StateChange& change) {
    return handler_->run(change);
  }

 private:
  /// The wait of one entity: from the change that began it until it has lasted long enough.
  class Hold final : public async::Timer {
   public:
    Hold(StateListener& listener, std::uint32_t entity, std::shared_ptr<const StateChange> change)
        : listener_(listener), entity_(entity), change_(std::move(change)) {}
    const std::shared_ptr<const StateChange>& change() const { return change_; }

   private:
    void fire() override { listener_.expired(entity_); }
    StateListener& listener_;
    std::uint32_t entity_;
    std::shared_ptr<const StateChange> change_;
  };
  bool value_changed(const StateChange& change) const;
  bool meets(const Condition& condition, const std::optional<State>& state) const;
  bool asks_for(const StateChange& change) const;
  bool lasts(const StateChange& change) const;
  void take_hold(std::uint32_t entity, const std::shared_ptr<const StateChange>& change);
  Json value(const std::optional<State>& state) const;
  void begin_run(std::shared_ptr<const StateChange> change);
  void expired(std::uint32_t entity);
  void drop_holds() override { holds_.clear(); }

  Question question_;
  bool is_pattern_;
  std::unique_ptr<Handler<StateChange>> handler_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Hold>> holds_;
};

class EventListener final : public Listener {
 public:
  struct Question {
    std::string type;
    std::string domain;   // of a call_service event; empty: any
    std::string service;  // likewise; both may be globs
    std::function<bool(const Event&)> where;
  };
  EventListener(Owner& owner, run::Observer& observer, run::Source source, Mode mode, bool once,
                Question question, std::unique_ptr<Handler<Event>> handler);

  const Question& question() const { return question_; }
  void take(const std::shared_ptr<const Event>& event);
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> call(const Event& event) {
    return handler_->run(event);
  }

 private:
  Question question_;
  std::unique_ptr<Handler<Event>> handler_;
};

/// "light.hall: off → on", as messages and the page say what a run was for.
std::string describe(const StateChange& change);

}  // namespace hassette::bus
