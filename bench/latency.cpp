// From an event to the call of a service: the home changes an entity and waits for the call that a
// handler of an app makes, or a bare blocking client.
//
//   bench_latency [--quick]
#include <cstdio>
#include <exception>

#include <hassette/async.hpp>
#include "bare_client.hpp"
#include "engine_rig.hpp"
#include "figure.hpp"
#include "flood_home.hpp"

namespace {

using namespace hassette;
using namespace bench;

using Times = std::vector<std::chrono::nanoseconds>;

Task<> listen(EngineRig* rig, AsyncEvent* last) {
  co_await rig->bus().on_state_change(SampleHome::kLast, [last] { last->set(); }, {.name = "last"});
  co_await rig->bus().on_state_change(
      SampleHome::kAsks,
      [rig](const StateChange&) -> Task<> { co_await rig->api().turn_on("light.sample_3"); },
      {.name = "answer", .mode = Mode::kParallel});
}

std::vector<double> in_microseconds(const Times& times) {
  std::vector<double> values;
  values.reserve(times.size());
  for (const auto& time : times) values.push_back(1e6 * seconds(time));
  return values;
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  const std::size_t asked = quick ? 50 : 1000;
  const int rounds = quick ? 2 : 20;
  FloodHome home_of_bare({.entities = 1000, .makes_events = false});
  FloodHome home_of_ours({.entities = 1000, .makes_events = false});
  BareClient bare(home_of_bare.port());
  EngineRig rig(home_of_ours.port());
  AsyncEvent last;
  rig.complete(listen(&rig, &last));
  Comparison middle;
  Comparison tail;
  for (int round = 0; round < rounds; ++round) {
    auto bare_times = home_of_bare.ask(asked);
    bare.answer();
    const std::vector<double> theirs = in_microseconds(bare_times.get());
    auto our_times = home_of_ours.ask(asked);
    rig.complete(last.wait());
    last.clear();
    const std::vector<double> ours = in_microseconds(our_times.get());
    middle.add(quantile(theirs, 0.5), quantile(ours, 0.5));
    tail.add(quantile(theirs, 0.99), quantile(ours, 0.99));
  }
  print(middle.figure("event to service call, p50", "µs", ""));
  Figure figure = tail.figure("event to service call, p99", "µs", "<= 2 of a bare blocking client");
  if (!quick) figure.met = figure.ratio <= 2;
  print(figure);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_latency: %s\n", error.what());
  return 1;
}
