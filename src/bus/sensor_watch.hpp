#pragma once
// What is known of each entity that is watched for being stale, for its rate or for crossing a
// limit; by the entity's number. Loop thread only.
#include <deque>
#include <map>
#include <memory>

#include <hassette/sequence.hpp>
#include "bus/watch.hpp"

namespace hassette::bus {

/// Which of an entity's values are numbers: the state's text.
std::optional<double> number_of(const std::optional<State>& state);

class StaleWatch final : public Watch {
 public:
  StaleWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
             Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler,
             const Entities& entities, std::chrono::nanoseconds after);

 private:
  struct Known {
    StateChange last;
    bool told = false;  // nothing more until there is something new
    std::unique_ptr<Alarm> alarm;
  };
  void begun() override;
  void updated(const StateChange& change);
  void wait(std::uint32_t entity, Known& known, std::chrono::nanoseconds gone);
  std::chrono::nanoseconds age(const State& state) const;
  void too_old(std::uint32_t entity);
  void connection_lost();
  void connection_back();
  void drop_state() override { known_.clear(); }

  StateListener& input_;
  std::chrono::nanoseconds after_;
  std::map<std::uint32_t, Known> known_;
  bool away_ = false;
};

class RateWatch final : public Watch {
 public:
  RateWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
            Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler,
            const Entities& entities, RateOfChange rate);

 private:
  struct Sample {
    TimePoint time;
    double value;
  };
  struct Known {
    std::deque<Sample> samples;  // the first is the value at the beginning of the window, or newer
    bool met = false;
  };
  void begun() override;
  void changed(const StateChange& change);
  std::optional<double> rate_at(Known& known, const Sample& now) const;
  void drop_state() override { known_.clear(); }

  StateListener& input_;
  RateOfChange rate_;
  std::map<std::uint32_t, Known> known_;
};

class CrossingWatch final : public Watch {
 public:
  CrossingWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
                Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler,
                const Entities& entities, const Crossing& crossing);

 private:
  void begun() override;
  void changed(const StateChange& change);
  bool is_beyond(double value) const;
  bool is_back(double value) const;
  void drop_state() override { armed_.clear(); }

  StateListener& input_;
  Crossing crossing_;
  std::map<std::uint32_t, bool> armed_;  // those whose value was known once
};

}  // namespace hassette::bus
