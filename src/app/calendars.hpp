#pragma once
// Calendars: what is in the home's calendars, for jobs that follow their events.
//
// Home Assistant tells of a calendar's next event only, so the events of the coming days are asked
// for: when somebody begins to watch, every quarter of an hour, and when the calendar's own state
// changes. Owned by the engine, which runs `run` beside the connection; loop thread only. A
// calendar that cannot be read is said once until it can.
#include <list>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <hassette/api.hpp>
#include <hassette/async.hpp>
#include "async/loop.hpp"
#include "ha/connection.hpp"
#include "schedule/ports.hpp"
#include "time/zone.hpp"

namespace hassette::app {

class Calendars final : public schedule::CalendarSource {
 public:
  static constexpr std::chrono::minutes kInterval{15};
  /// How much more is asked for than has to be known, since it is asked for now and then.
  static constexpr std::chrono::hours kMargin{24};

  explicit Calendars(async::Loop& loop) : loop_(loop) {}

  std::unique_ptr<schedule::Watch> watch(
      const EntityId& calendar,
      std::function<void(std::span<const CalendarEvent>)> events) override;

  /// Keeps reading what is watched, until cancelled.
  Task<> run(ha::Connection* home);
  void set_zone(const time::Zone& zone) { zone_ = zone; }
  /// A state of this entity has changed, or everything may have.
  void changed(std::string_view entity_id);
  void all_changed();

  /// The events of a `calendar.get_events` answer, by their start.
  static std::vector<CalendarEvent> parse(const Json& events, const time::Zone& zone);

 private:
  using Call = std::function<void(std::span<const CalendarEvent>)>;
  struct Calendar {
    std::list<Call> calls;
    bool refused = false;  // which has been said
  };
  class Watching;
  Task<> read(ha::Connection* home, std::string id);

  async::Loop& loop_;
  time::Zone zone_;
  std::unordered_map<std::string, Calendar> calendars_;
  std::set<std::string> due_;  // to be read
  AsyncEvent wanted_;
};

}  // namespace hassette::app
