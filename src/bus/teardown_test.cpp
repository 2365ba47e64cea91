// The teardown sweep for handlers: an app with listeners of every mode is run for k turns and
// destroyed, for every k, orderly and not. What it proves shows under AddressSanitizer.
#include "bus/teardown_testing.hpp"

namespace hassette::bus {
namespace {

Task<> slow_handler(SweptHome* home, StateChange change) {
  const async::Mark mark(home->notes, "left");
  co_await when_any(sleep(2s), timeout(sleep(1h), 3s));
  co_await shield(sleep(1s), 5s);
  home->notes.push_back(change.entity_id.str());
}

Task<> register_all(SweptHome* home) {
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

Task<> live(SweptHome* home) {
  co_await register_all(home);
  for (int i = 0; i < 4; ++i) {
    for (const char* id : {"light.a", "light.b"}) {
      home->change(id, i % 2 == 0 ? "on" : "off");
    }
    co_await sleep(500ms);
  }
  co_await sleep(5s);
}

TEST(BusTeardown, leaves_nothing_after_any_number_of_turns) {
  sweep({&live});
}

}  // namespace
}  // namespace hassette::bus
