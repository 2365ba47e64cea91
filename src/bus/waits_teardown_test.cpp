// The teardown sweep for waits, streams and watches: an app that uses all of them is run for k
// turns and destroyed, for every k, orderly and not. What it proves shows under AddressSanitizer.
#include "bus/engine_events.hpp"
#include "bus/teardown_testing.hpp"

namespace hassette::bus {
namespace {

Task<> read(SweptHome* home) {
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

Task<> wait(SweptHome* home) {
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

Task<> watch(SweptHome* home) {
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

Task<> live(SweptHome* home) {
  for (int i = 0; i < 6; ++i) {
    home->change("light.a", i % 2 == 0 ? "on" : "off");
    home->change("light.b", i % 2 == 0 ? "on" : "off");
    home->change("sensor.a", std::to_string(i % 3));
    home->bus.emit("emitted", {{"x", i}});
    if (i == 3) home->router.dispatch(disconnected_event(home->loop.wall(), "gone"));
    co_await sleep(500ms);
    if (i == 4) home->router.dispatch(connected_event(home->loop.wall(), false));
  }
}

TEST(WaitsTeardown, leaves_nothing_after_any_number_of_turns) {
  sweep({&read, &wait, &watch, &live});
}

}  // namespace
}  // namespace hassette::bus
