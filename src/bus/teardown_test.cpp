// The teardown sweep for handlers: an app with listeners of every mode is run for k turns and
// destroyed, for every k, orderly and not. What it proves shows under AddressSanitizer.
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

Task<> slow_handler(Home* home, StateChange change) {
  const async::Mark mark(home->notes, "left");
  co_await when_any(sleep(2s), timeout(sleep(1h), 3s));
  co_await shield(sleep(1s), 5s);
  home->notes.push_back(change.entity_id.str());
}

Task<> register_all(Home* home) {
  for (const Mode mode : {Mode(Mode::kSingle), Mode(Mode::kRestart), queued(1), parallel(2)}) {
    co_await home->bus.on_state_change(
        "light.*",
        [home, text = std::string(40, 'x')](StateChange change) -> Task<> {
          co_await slow_handler(home, std::move(change));
          home->notes.push_back(text);
        },
        {.name = "handler " + std::to_string(mode.kind()),
         .mode = mode,
         .timeout = mode == Mode::kSingle ? 2s : kNoTimeout,
         .on_error = [home] { home->notes.push_back("error"); }});
  }
  co_await home->bus.on_state_change(
      "light.a", &Lamp::on_change,
      {.name = "held", .changed_to = "on", .once = true, .immediate = true, .duration = 1s});
  co_await home->bus.on_state_change("light.*", &Lamp::on_change,
                                     {.name = "debounced", .debounce = 300ms});
  co_await home->bus.on_state_change(
      domain("light"), &Lamp::on_change,
      {.name = "throttled", .throttle = {700ms, Throttle::kBothEdges}});
  Subscription own = co_await home->bus.on("emitted", [home] { home->notes.push_back("emitted"); },
                                           {.name = "event"});
  home->bus.emit("emitted", {{"x", 1}});
  co_await sleep(3s);
  own.cancel();
}

Task<> live(Home* home) {
  co_await register_all(home);
  for (int i = 0; i < 4; ++i) {
    for (const char* id : {"light.a", "light.b"}) {
      home->router.dispatch(home->cache.apply({.entity_id = id,
                                               .state = i % 2 == 0 ? "on" : "off",
                                               .attributes = "{}",
                                               .context = "null",
                                               .last_changed = {},
                                               .last_updated = {}},
                                              home->loop.wall(), {}));
    }
    co_await sleep(500ms);
  }
  co_await sleep(5s);
}

/// True if the home was still busy after that many turns.
bool run_and_destroy(int turns, bool orderly) {
  auto home = std::make_unique<Home>();
  home->source.confirms.set();
  home->bucket.spawn(async::intern_label("home", "life"), live(home.get()));
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
    // A task that had not begun may have registered something before it heard that it has to end.
    home->router.remove_all(home->owner, CancelReason::kOwnerStopped);
    EXPECT_EQ(home->bucket.size(), 0u);
    EXPECT_TRUE(home->observer.sources.empty()) << "a listener was left after " << turns;
  }
  return busy;
}

TEST(BusTeardown, leaves_nothing_after_any_number_of_turns) {
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
