// The teardown sweep for waits, streams and watches: an app that uses all of them is run for k
// turns and destroyed, for every k, orderly and not. What it proves shows under AddressSanitizer.
#include "bus/engine_events.hpp"
#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

struct Home {
  run::RecordingObserver observer;
  async::VirtualClock clock{async::kTestStart};
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  state::Cache cache;
  FakeSource source;
  Router router{cache, observer, source};
  async::Notes notes;
  Lamp lamp{notes};
  Owner owner{.app = "lamp", .self = &lamp, .bucket = nullptr, .router = &router};
  Bus bus{owner};
  async::Bucket bucket{loop, {}};  // last: what runs in it uses the rest
  Home() { owner.bucket = &bucket; }
};

Task<> read(Home* home) {
  auto stream = co_await home->bus.stream("light.*", {.buffer = 1});
  auto events = co_await home->bus.stream_events("emitted");
  while (true) {
    const auto first = co_await first_of(stream.next(), events.next(), sleep(700ms));
    home->notes.push_back(std::to_string(first.index()));
    if (first.index() == 1) co_await sleep(1s);
    if (home->notes.size() == 6) stream.close();
    if (home->notes.size() > 9) co_return;
  }
}

Task<> wait(Home* home) {
  co_await when_all(home->bus.next("light.a"), home->bus.next_event("emitted"));
  const auto first = co_await first_of(home->bus.next("light.b", {.changed_to = "never"}),
                                       home->bus.next("light.a", {.duration = 200ms}));
  home->notes.push_back(std::to_string(first.index()));
  try {
    co_await home->bus.wait_for("light.a", {.changed_to = "never"}, 1s);
  } catch (const TimeoutError&) {
    home->notes.emplace_back("late");
  }
}

Task<> watch(Home* home) {
  const auto handler = [home](StateChange change) -> Task<> {
    co_await sleep(300ms);
    home->notes.push_back(change.entity_id.str());
  };
  Subscription own = co_await home->bus.on_sequence(
      sequence("light.a", "on").then("light.b", "on").within(1s), handler, {.name = "sequence"});
  co_await home->bus.on_sequence(
      sequence("light.a", "off").not_followed_by("light.a", "on").within(200ms), handler,
      {.name = "nothing", .once = true});
  co_await home->bus.on_stale("light.*", 400ms, handler, {.name = "stale"});
  co_await home->bus.on_crossing("sensor.a", rising_above(1), handler, {.name = "crossing"});
  co_await home->bus.on_rate("sensor.a", per_minute(C::above(1)).over(1s), [&own] { own.cancel(); },
                             {.name = "rate"});
  co_await sleep(10s);
}

void change(Home* home, std::string_view id, std::string_view state) {
  home->router.dispatch(home->cache.apply({.entity_id = id,
                                           .state = state,
                                           .attributes = "{}",
                                           .context = "null",
                                           .last_changed = home->loop.wall(),
                                           .last_updated = home->loop.wall()},
                                          home->loop.wall(), {}));
}

Task<> live(Home* home) {
  for (int i = 0; i < 6; ++i) {
    change(home, "light.a", i % 2 == 0 ? "on" : "off");
    change(home, "light.b", i % 2 == 0 ? "on" : "off");
    change(home, "sensor.a", std::to_string(i % 3));
    home->bus.emit("emitted", {{"x", i}});
    if (i == 3) home->router.dispatch(disconnected_event(home->loop.wall(), "gone"));
    co_await sleep(500ms);
    if (i == 4) home->router.dispatch(connected_event(home->loop.wall(), false));
  }
}

/// True if the home was still busy after that many turns.
bool run_and_destroy(int turns, bool orderly) {
  auto home = std::make_unique<Home>();
  home->source.confirms.set();
  for (auto* const task : {&read, &wait, &watch, &live}) {
    home->bucket.spawn(async::intern_label("home", "life"), task(home.get()));
  }
  for (int i = 0; i < turns && home->bucket.size() > 0; ++i) {
    while (!home->loop.turn(false) && home->loop.timers() > 0) home->loop.turn(true);
  }
  const bool busy = home->bucket.size() > 0;
  if (orderly) {
    home->router.remove_all(home->owner, CancelReason::kOwnerStopped);
    async::Bucket closing(home->loop, {});
    closing.spawn(async::intern_label("home", "end"),
                  home->bucket.close(CancelReason::kOwnerStopped));
    home->loop.run_until(home->loop.now() + 1min);
    home->router.remove_all(home->owner, CancelReason::kOwnerStopped);
    EXPECT_EQ(home->bucket.size(), 0u);
    EXPECT_EQ(home->router.count(home->owner), 0u) << "a listener was left after " << turns;
    EXPECT_TRUE(home->observer.sources.empty()) << "a registration was left after " << turns;
  }
  return busy;
}

TEST(WaitsTeardown, leaves_nothing_after_any_number_of_turns) {
  const async::UnawaitedReports reports;
  for (const bool orderly : {false, true}) {
    int turns = 0;
    while (run_and_destroy(turns, orderly)) ASSERT_LT(++turns, 1000);
    EXPECT_GT(turns, 10);
  }
  EXPECT_TRUE(reports.all().empty());
}

}  // namespace
}  // namespace hassette::bus
