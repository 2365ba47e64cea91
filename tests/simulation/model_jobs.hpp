#pragma once
// The model of jobs, written from docs/reference/scheduler.md.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "model_bus.hpp"

namespace hassette::simulation {

/// The first moment after `after` at which this trigger is due, on the wall.
std::optional<Micros> next_on_wall(const JobSpec& spec, Micros after);

class ModelJob : public std::enable_shared_from_this<ModelJob> {
 public:
  /// `wall` is what the home's clock shows.
  ModelJob(ModelWorld& world, JobSpec spec, std::function<Micros()> wall);

  void begin();
  void cancel(const ModelRuns::Run* caller);
  void run_now();
  /// The clock was set, for the first time or once more.
  void review(Micros by, bool first_time);
  bool active() const { return state_ == State::kScheduled || state_ == State::kWaiting; }
  /// Sorts jobs by when they are due, then by when that was set.
  std::pair<Micros, std::uint64_t> turn() const { return {due_.value_or(0), on_agenda_}; }
  void come();
  std::string status() const;

 private:
  enum class State { kScheduled, kWaiting, kCompleted, kCancelled };
  bool follows_wall() const { return spec_.trigger != "in" && spec_.trigger != "every"; }
  bool recurs() const;
  bool clock_is_set() const;
  void plan(std::optional<Micros> due);
  std::optional<Micros> first() const;
  bool wanted();
  void count(const std::string& what) { world_.coverage.count(what); }
  void count_coming(Micros came);
  void submit(std::function<void(ModelRuns::Outcome)> result);

  ModelWorld& world_;
  JobSpec spec_;
  ModelRuns runs_;
  std::function<Micros()> wall_;
  State state_ = State::kScheduled;
  bool cancelled_ = false;
  std::optional<Micros> due_;   // on the clock that it follows
  std::optional<Micros> last_;  // that came, on the wall
  std::uint64_t on_agenda_ = 0;
  std::map<std::string, int> counters_;
};

}  // namespace hassette::simulation
