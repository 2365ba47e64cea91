#pragma once
// StateListener: a registration for the changes of one or several entities.
//
// It looks at each change without making anything; the StateChange that predicates and handlers get
// is made once for all listeners, when the first of them needs it. Holds (`.duration`) are kept for
// each entity; durable ones also in the ledger (durable_hold.cpp). Loop thread only.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/listener.hpp"
#include "run/durable.hpp"
#include "state/cache.hpp"

namespace hassette::bus {

/// A change as the listeners of its entity look at it. It refers to what it was made from.
class Look {
 public:
  explicit Look(const state::Change& change);
  /// At a state that is no news.
  Look(std::uint32_t entity, std::shared_ptr<const StateChange> change);

  std::uint32_t entity;
  const State* was;  // null: there was none
  const State* is;
  TimePoint time;
  /// Not heard of when it happened: how long it has been so is to be read from the state.
  bool late;
  /// The text is the same, but it was another meanwhile.
  bool returned = false;
  bool is_news = true;  ///< false: nothing else has changed either
  const std::shared_ptr<const StateChange>& shared();

 private:
  const state::Change* change_;
  std::shared_ptr<const StateChange> shared_;
};

class StateListener final : public ListenerOf<StateChange> {
 public:
  struct Question {
    Entities entities;
    std::string attribute;  // empty: the state itself
    Condition changed_from;
    Condition changed_to;
    Changed changed = true;
    Where<StateChange> where;
    std::optional<std::chrono::nanoseconds> duration;
    bool immediate = false;
    bool durable = false;
    Missed missed = Missed::kRunOnce;
    Interrupted interrupted = Interrupted::kSkip;
  };
  StateListener(Owner& owner, run::Observer& observer, run::Source source, std::string topic,
                Policy policy, Question question, std::unique_ptr<Handler<StateChange>> handler);

  const Question& question() const { return question_; }
  /// Whether it may listen to entities that are not known yet.
  bool has_globs() const { return has_globs_; }
  bool matches_glob(std::string_view entity_id) const;

  void take(Look& look);
  /// Looks, in a later turn or before the next change, at the states that these entities have now.
  void take_present(std::span<const std::uint32_t> entities);
  /// Goes on with what an earlier life of the engine has left in the ledger, once the router has
  /// it.
  void resume();
  /// Its durable holds end as late as before, which is another time on a clock that was set.
  void clock_was_set();
  Durability durability() const override;
  /// The entity is no longer among those that it listens to.
  void left(std::uint32_t entity);

  /// The numbers of the entities that it listens to, ascending, and of the groups that it follows;
  /// the router keeps them.
  std::vector<std::uint32_t> entities;
  std::vector<std::uint32_t> groups;

 private:
  /// The wait of one entity: from the change that began it until it has lasted long enough.
  class Hold final : public async::Timer {
   public:
    Hold(StateListener& listener, std::uint32_t entity, std::shared_ptr<const StateChange> its)
        : change(std::move(its)), listener_(listener), entity_(entity) {}
    const std::shared_ptr<const StateChange> change;

   private:
    void fire() override { listener_.hold_is_over(entity_); }
    StateListener& listener_;
    std::uint32_t entity_;
  };
  void see(Look& look);
  void see_present();
  void defer_catch_up();
  void catch_up();
  Value value(const State* state) const;
  bool value_changed(const Look& look) const;
  bool meets(const Condition& condition, const State* state) const;
  Verdict ask(Look& look);
  Verdict ask_conditions(Look& look);
  bool lasts(Look& look);
  Verdict hold(Look& look);
  Verdict hold_anew(const Look& look);
  std::chrono::nanoseconds elapsed(const Look& look) const;
  Verdict hold_is_over(std::uint32_t entity);
  const std::shared_ptr<run::Durable>& page(std::uint32_t entity);
  void plan(std::uint32_t entity, const StateChange& change, std::chrono::nanoseconds left);
  void forget_plan(std::uint32_t entity);
  void leave_ledger(CancelReason reason) override;
  Verdict accept_held(std::uint32_t entity, const std::shared_ptr<const StateChange>& change);
  Verdict run_held(std::uint32_t entity, const std::shared_ptr<const StateChange>& change);
  Verdict submit_held(std::uint32_t entity, const std::shared_ptr<const StateChange>& change,
                      TimePoint occurrence);
  void resume(std::uint32_t entity, const run::LedgerEntry& left);
  void count_anew(std::uint32_t entity, const StateChange& began, const State& is);
  void stand(std::uint32_t entity, const std::shared_ptr<const StateChange>& change,
             std::chrono::nanoseconds left);
  void begin_what_was_left();
  void tell_overdue(std::uint32_t entity, std::chrono::nanoseconds late,
                    std::string_view fate) const;
  TimePoint since(const State& state) const;
  std::vector<Fact> facts() const override;
  std::string what(std::uint32_t entity) const override;
  std::string outcome(const Verdicts::Note& note) const override;
  void leave_router() override;
  void drop_held() override;

  struct Present {
    std::uint32_t entity;
    std::shared_ptr<const StateChange> change;
  };
  /// A run that an earlier life of the engine did not begin, or not end.
  struct Open {
    std::uint32_t entity;
    std::shared_ptr<const StateChange> change;
    TimePoint occurrence;
  };
  /// A hold that ended before the listener was registered again.
  struct Overdue {
    std::uint32_t entity;
    std::chrono::nanoseconds late;
  };
  Question question_;
  bool has_globs_;
  std::unordered_map<std::uint32_t, Hold> holds_;
  std::vector<Present> present_;
  // Of durable ones, whose pages their runs keep, too.
  std::unordered_map<std::uint32_t, std::shared_ptr<run::Durable>> pages_;
  std::vector<Open> open_;
  std::vector<Overdue> overdue_;
};

}  // namespace hassette::bus
