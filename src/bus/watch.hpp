#pragma once
// Watch: a registration whose handler runs for more than one change: the base of sequences, stale
// entities, rates and crossings.
//
// Its inputs are listeners of its own that nobody sees; they begin and end with it, and what they
// hear comes to it inside the dispatch. Throttle, mode, limits and errors are those of any
// registration. Loop thread only.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/event_listener.hpp"
#include "bus/state_listener.hpp"

namespace hassette::bus {

class Watch : public ListenerOf<StateChange> {
 public:
  using Shared = std::shared_ptr<const StateChange>;

  Watch(Owner& owner, run::Source source, std::string topic, Policy policy,
        Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler);

  /// From now on it hears. The owner keeps it already.
  void begin();

 protected:
  /// Something that ends when the time has come; it keeps nothing alive.
  class Alarm final : public async::Timer {
   public:
    Alarm(Watch& watch, std::function<void()> call) : watch_(watch), call_(std::move(call)) {}
    void start_in(std::chrono::nanoseconds time);

   private:
    void fire() override;
    Watch& watch_;
    std::function<void()> call_;
  };

  /// To be called by the constructors of derived classes, in the order in which inputs are to hear
  /// one and the same change. A change of a state's attributes alone counts if `changed` is false.
  StateListener& hear(Entities entities, Condition to, bool changed,
                      std::function<void(const StateChange&)> feed);
  void hear(std::string event_type, std::function<void()> feed);
  /// What there is to do once the inputs hear.
  virtual void begun() {}
  virtual void drop_state() = 0;
  /// All that was asked for has come: `.where`, throttle and mode decide.
  void complete(const StateChange& change, Lane lane);

  const state::Cache& cache() const;
  /// The home's time on Home Assistant's clock.
  TimePoint home_now() const;

 private:
  std::string what(std::uint32_t entity) const override;
  std::string outcome(const Verdicts::Note& note) const override;
  std::vector<Fact> facts() const override;
  void leave_router() override;
  void drop_held() override;
  template <class E>
  std::unique_ptr<Handler<E>> feeding(std::function<void(const E&)> feed);
  run::Source input_source() const;
  Policy input_policy() const;

  Where<StateChange> where_;
  std::vector<std::shared_ptr<StateListener>> on_states_;
  std::vector<std::shared_ptr<EventListener>> on_events_;
};

}  // namespace hassette::bus
