// From the wire to a handler: a flood of changes, received by the engine and by a bare loop.
//
//   bench_wire [--quick] [--ours-only | --bare-only] [CASE]
//
// Each case is a home of a size, sending coalesced frames or one event a frame. The engine has one
// listener, to the change that ends the flood, or listens to one entity in a hundred. CASE is a
// part of a case's name. The two switches are for profilers.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>

#include <hassette/async.hpp>
#include "bare_client.hpp"
#include "engine_rig.hpp"
#include "figure.hpp"
#include "flood_home.hpp"

namespace {

using namespace hassette;
using namespace bench;
using std::chrono::steady_clock;

struct Case {
  std::size_t entities;
  bool coalesced;
  bool listens;  // to one entity in a hundred, with a handler that is a coroutine
  std::string name() const {
    return fmt::format("wire to handler, {} entities, {}{}", entities,
                       coalesced ? "coalesced" : "one event a frame",
                       listens ? ", 1 % handled" : "");
  }
};

/// How long a flood took the receiver, by the clock and in its own processor time.
struct Took {
  double wall = 0;
  double cpu = 0;
};

class Stopwatch {
 public:
  Took stop() const {
    return {seconds(steady_clock::now() - begin_), seconds(thread_time() - cpu_begin_)};
  }

 private:
  steady_clock::time_point begin_ = steady_clock::now();
  std::chrono::nanoseconds cpu_begin_ = thread_time();
};

Took receive_bare(FloodHome& home, std::size_t passes) {
  BareClient client(home.port());
  home.flood(passes);
  const Stopwatch watch;
  const std::size_t changes = client.receive_flood();
  const Took took = watch.stop();
  if (changes != passes * home.events_a_pass()) throw std::runtime_error("events were lost");
  return took;
}

struct Seen {
  std::size_t handled = 0;
  AsyncEvent last;
};

Task<> listen(EngineRig* rig, const FloodHome* home, bool to_one_in_hundred, Seen* seen) {
  co_await rig->bus().on_state_change(SampleHome::kLast, [seen] { seen->last.set(); },
                                      {.name = "last"});
  if (!to_one_in_hundred) co_return;
  for (std::size_t entity = 0; entity < home->sample().entities(); entity += 100) {
    co_await rig->bus().on_state_change(SampleHome::entity_id(entity),
                                        [seen](const StateChange&) -> Task<> {
                                          ++seen->handled;
                                          co_return;
                                        },
                                        {.name = "counted", .mode = Mode::kParallel});
  }
}

Took receive_ours(FloodHome& home, std::size_t passes, bool listens) {
  EngineRig rig(home.port());
  Seen seen;
  rig.complete(listen(&rig, &home, listens, &seen));
  const std::uint64_t before = rig.events();
  home.flood(passes);
  const Stopwatch watch;
  rig.complete(seen.last.wait());
  const Took took = watch.stop();
  // The last one, which ends the flood, counts here.
  if (rig.events() - before != passes * home.events_a_pass() + 1) {
    throw std::runtime_error("events were lost");
  }
  const std::size_t expected = listens ? passes * 2 * ((home.sample().entities() + 99) / 100) : 0;
  if (seen.handled != expected) {
    throw std::runtime_error(fmt::format("{} of {} runs happened", seen.handled, expected));
  }
  return took;
}

struct Settings {
  bool quick;
  bool bare = true;
  bool ours = true;
};

void measure(const Case& measured, const Settings& settings) {
  FloodHome home({.entities = measured.entities, .coalesced = measured.coalesced});
  const std::size_t wanted = settings.quick ? 20'000 : 600'000;
  const std::size_t passes = std::max<std::size_t>(1, wanted / home.events_a_pass());
  const auto events = static_cast<double>(passes * home.events_a_pass());
  Comparison rate;
  Comparison cpu;
  for (int round = 0; round < (settings.quick ? 1 : 7); ++round) {
    const Took bare = settings.bare ? receive_bare(home, passes) : Took{1, 1};
    const Took ours = settings.ours ? receive_ours(home, passes, measured.listens) : Took{1, 1};
    rate.add(events / bare.wall, events / ours.wall);
    cpu.add(1e9 * bare.cpu / events, 1e9 * ours.cpu / events);
  }
  Figure figure = rate.figure(measured.name(), "events/s", ">= 0.5 of a bare loop");
  if (!settings.quick && !measured.listens) figure.met = figure.ratio >= 0.5;
  if (measured.listens) figure.goal.clear();
  print(figure);
  print(cpu.figure(measured.name() + ", processor time", "ns/event", ""));
}

}  // namespace

int main(int argc, char** argv) try {
  Settings settings{.quick = is_quick(argc, argv)};
  std::string_view only;
  for (const std::string_view argument : std::span(argv + 1, argv + argc)) {
    if (argument == "--ours-only")
      settings.bare = false;
    else if (argument == "--bare-only")
      settings.ours = false;
    else if (!argument.starts_with("--"))
      only = argument;
  }
  for (const std::size_t entities :
       {std::size_t{1000}, std::size_t{settings.quick ? 2000U : 50000U}}) {
    for (const bool coalesced : {true, false}) {
      for (const bool listens : {false, true}) {
        const Case measured{entities, coalesced, listens};
        if (measured.name().find(only) != std::string::npos) measure(measured, settings);
      }
    }
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_wire: %s\n", error.what());
  return 1;
}
