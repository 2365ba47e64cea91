#pragma once
// For tests only: a whole home that is run for k turns and destroyed, for every k, orderly and not.
// What the sweep proves shows under AddressSanitizer.
#include <memory>
#include <string_view>
#include <vector>

#include "bus/testing.hpp"

namespace hassette::bus {

struct SweptHome {
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

  SweptHome() {
    owner.bucket = &bucket;
    source.confirms.set();
  }

  void change(std::string_view id, std::string_view state) {
    router.dispatch(cache.apply({.entity_id = id,
                                 .state = state,
                                 .attributes = "{}",
                                 .context = "null",
                                 .last_changed = loop.wall(),
                                 .last_updated = loop.wall()},
                                loop.wall(), {}));
  }

  /// As an app's stop does it.
  void stop_orderly() {
    router.remove_all(owner, CancelReason::kOwnerStopped);
    async::Bucket closing(loop, {});
    closing.spawn(async::intern_label("home", "end"), bucket.close(CancelReason::kOwnerStopped));
    loop.run_until(loop.now() + 1min);
    // A task that had not begun may have registered something before it heard that it has to end.
    router.remove_all(owner, CancelReason::kOwnerStopped);
  }
};

using Life = Task<> (*)(SweptHome*);

/// True if the home was still busy after that many turns.
inline bool run_and_destroy(const std::vector<Life>& lives, int turns, bool orderly) {
  auto home = std::make_unique<SweptHome>();
  for (const Life life : lives) {
    home->bucket.spawn(async::intern_label("home", "life"), life(home.get()));
  }
  for (int i = 0; i < turns && home->bucket.size() > 0; ++i) {
    while (!home->loop.turn(false) && home->loop.timers() > 0) home->loop.turn(true);
  }
  const bool busy = home->bucket.size() > 0;
  if (orderly) {
    home->stop_orderly();
    EXPECT_EQ(home->bucket.size(), 0u);
    EXPECT_EQ(home->router.count(home->owner), 0u) << "a listener was left after " << turns;
    EXPECT_TRUE(home->observer.sources.empty()) << "a registration was left after " << turns;
    EXPECT_TRUE(home->observer.waiting.empty()) << "a wait is still shown after " << turns;
  }
  return busy;
}

inline void sweep(const std::vector<Life>& lives) {
  const async::UnawaitedReports reports;
  for (const bool orderly : {false, true}) {
    int turns = 0;
    while (run_and_destroy(lives, turns, orderly)) ASSERT_LT(++turns, 1000);
    EXPECT_GT(turns, 10);
  }
  EXPECT_TRUE(reports.all().empty());
}

}  // namespace hassette::bus
