#pragma once
// Rule: how one job knows its next time. Made from a Trigger, owned by the job; loop thread.
//
// Intervals count on elapsed time and do not care what clocks on the wall do; everything else names
// moments of the home's clock, which a clock step or a daylight-saving change may move. A rule may
// have no time now and get one later (an entity, a calendar): then it says what it waits for.
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <hassette/job.hpp>
#include <hassette/trigger.hpp>

#include "async/clock.hpp"
#include "schedule/calendar_text.hpp"
#include "schedule/ports.hpp"
#include "time/moment.hpp"

namespace hassette::schedule {

/// When a job is due: on one of the two times.
using Due = std::variant<async::MonoTime, TimePoint>;

struct Now {
  async::MonoTime mono;
  TimePoint wall;
  const time::Place& place;
};

/// What a job waits for that only runs when it is told to.
inline constexpr std::string_view kWaitsForRunNow = "run_now";

class Rule {
 public:
  Rule() = default;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  virtual ~Rule() = default;

  /// "every 20 s", "daily at 06:30".
  virtual std::string describe() const = 0;
  /// Begins to listen to what the times depend on; `changed` may be called from then on until
  /// `detach`.
  virtual void attach(const std::function<void()>& changed) { static_cast<void>(changed); }
  virtual void detach() {}
  /// The first time, seen from now.
  virtual std::optional<Due> first(const Now& now) = 0;
  /// The next one after `came`. It lies after now: what was missed is skipped.
  virtual std::optional<Due> next(const Due& came, const Now& now) = 0;
  /// Why there is no time now, although there may be one later; empty if it is over for good.
  virtual std::string waits_for() const { return {}; }
  /// The events of a calendar at one of its times; none where it follows no calendar.
  virtual Events events_at(TimePoint time) const {
    static_cast<void>(time);
    return {};
  }
  /// False where only elapsed time counts.
  virtual bool follows_wall() const { return true; }
};

/// What a rule is made from, besides its trigger.
struct RuleParts {
  const JobOptions& options;
  const Ports& ports;
  std::string app;  ///< for what it logs
};

/// The rule, or why the trigger cannot be used: a sentence without its subject.
std::expected<std::unique_ptr<Rule>, std::string> make_rule(const Trigger& trigger,
                                                            const RuleParts& parts, const Now& now);

// Those that have files of their own.
std::unique_ptr<Rule> make_entity_rule(const EntityTime& trigger, const RuleParts& parts);
std::unique_ptr<Rule> make_calendar_rule(const CalendarTime& trigger, const RuleParts& parts);

/// "", "10 min after " or "10 min before ".
std::string describe_offset(std::chrono::nanoseconds offset);
/// A time and an offset; the ends of time hold it.
TimePoint shifted(TimePoint time, std::chrono::nanoseconds by);

}  // namespace hassette::schedule
