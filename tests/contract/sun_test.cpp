// The contract: the sun that jobs follow, worked out from the place that Home Assistant tells, is
// the sun that Home Assistant shows.
#include <hassette/place.hpp>

#include "time/iso8601.hpp"
#include "time/sun.hpp"
#include "visit.hpp"

namespace hassette::contract {
namespace {

using Sun = Contract;
FOR_EACH_HOME(Sun);

struct Shown {
  const char* attribute;
  SunEvent event;
};
constexpr std::array kShown = {
    Shown{"next_dawn", SunEvent::dawn()},      Shown{"next_dusk", SunEvent::dusk()},
    Shown{"next_noon", SunEvent::noon()},      Shown{"next_midnight", SunEvent::midnight()},
    Shown{"next_rising", SunEvent::sunrise()}, Shown{"next_setting", SunEvent::sunset()},
};
constexpr double kDegrees = 0.1;

/// What the engine makes of the sun at the place that it was told.
struct Almanac {
  time::Observer place;
  std::array<std::optional<TimePoint>, kShown.size()> next;
};

/// A trigger that is never due, and looks the sun up where a job would.
struct LookUp {
  TimePoint after;
  std::shared_ptr<Almanac> into;

  std::optional<TimePoint> next(TimePoint, const Place& place) {
    into->place = {place.latitude(), place.longitude(), place.elevation()};
    for (std::size_t i = 0; i < kShown.size(); ++i) {
      into->next[i] = place.next(kShown[i].event, after);
    }
    return std::nullopt;
  }
};

Task<Almanac> look_up(Guest* app, TimePoint after) {
  const auto almanac = std::make_shared<Almanac>();
  Job job = co_await app->scheduler.schedule(LookUp{after, almanac}, [] {}, {.name = "almanac"});
  job.cancel();
  co_return *almanac;
}

void expect_the_same_sun(const State& shown, const Almanac& ours) {
  for (std::size_t i = 0; i < kShown.size(); ++i) {
    const char* name = kShown[i].attribute;
    const auto theirs = time::parse_iso8601(shown.attribute_as<std::string>(name).value_or(""));
    if (!theirs || !ours.next[i]) {
      ADD_FAILURE() << name << " is missing on one side";
      continue;
    }
    EXPECT_LE(std::chrono::abs(*ours.next[i] - *theirs), 60s)
        << name << ": " << std::chrono::duration<double>(*ours.next[i] - *theirs).count() << " s";
  }
  const time::sun::Position position = time::sun::position(shown.last_updated(), ours.place);
  EXPECT_NEAR(position.elevation, shown.attribute_as<double>("elevation").value_or(999), kDegrees);
  EXPECT_NEAR(position.azimuth, shown.attribute_as<double>("azimuth").value_or(999), kDegrees);
  EXPECT_EQ(shown.attribute("rising"), Json(ours.next[2] < ours.next[3]));
}

CONTRACT(Sun, is_where_home_assistant_sees_it_and_does_what_it_says) {
  Guest& app = test->app();
  const State shown = co_await app.api.get_state("sun.sun");
  const Almanac ours = co_await look_up(&app, shown.last_updated());
  EXPECT_EQ(ours.place, (time::Observer{52.52, 13.405, 34}));
  expect_the_same_sun(shown, ours);
}

/// Moves the home, and waits until both sides have noticed.
Task<Almanac> move_to(Guest* app, time::Observer place) {
  const TimePoint before = app->states.get("sun.sun")->last_updated();
  co_await app->api.call_service("homeassistant", "set_location",
                                 {.data = {{"latitude", place.latitude},
                                           {"longitude", place.longitude},
                                           {"elevation", static_cast<int>(place.elevation)}}});
  co_await until([&] { return app->states.get("sun.sun")->last_updated() > before; });
  for (int i = 0; i < 500; ++i) {
    const TimePoint shown = app->states.get("sun.sun")->last_updated();
    const Almanac ours = co_await look_up(app, shown);
    if (ours.place == place) co_return ours;
    co_await io_sleep(20ms);
  }
  throw Error("contract", "the engine did not notice that the home has moved");
}

CONTRACT(Sun, is_theirs_wherever_and_however_high_the_home_is) {
  Guest& app = test->app();
  const time::Observer home{52.52, 13.405, 34};
  for (const time::Observer& place :
       {time::Observer{48.1351, 11.582, 519}, time::Observer{39.7392, -104.9903, 1609},
        time::Observer{-0.1807, -78.4678, 2850}, time::Observer{-33.8688, 151.2093, 20},
        time::Observer{64.1466, -21.9426, 15}, time::Observer{-17.7134, 178.065, 0}}) {
    const Almanac ours = co_await move_to(&app, place);
    SCOPED_TRACE(fmt::format("{} {} {} m", place.latitude, place.longitude, place.elevation));
    expect_the_same_sun(app.states.get("sun.sun").value(), ours);
  }
  co_await move_to(&app, home);
}

}  // namespace
}  // namespace hassette::contract
