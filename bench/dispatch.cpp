// What an event costs inside the engine, without a network: cache, routing, and the run of a
// handler.
//
//   bench_dispatch [--quick]
//
// A home of 12,000 entities; changes of a thousand of them that no listener asks for, while 100,
// 1,000 or 10,000 listeners ask for others, a tenth of them by a glob. And how often memory is
// allocated for an event, with nobody to tell and with one handler that is a coroutine.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "figure.hpp"
#include "inside.hpp"

namespace {
std::atomic<std::size_t> allocations = 0;
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const place = std::malloc(size)) return place;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* const place = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return place;
  throw std::bad_alloc();
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete(void* place, std::align_val_t) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t, std::align_val_t) noexcept {
  std::free(place);
}

namespace {

using namespace hassette;
using namespace bench;

/// Nanoseconds a change that nobody asked for.
double unmatched(Inside& inside, int times) {
  const auto begin = thread_time();
  for (int i = 0; i < times; ++i) {
    for (std::size_t entity = 0; entity < kChanging; ++entity) {
      inside.change(entity, static_cast<unsigned>(i + 1) % 2);
    }
  }
  return 1e9 * seconds(thread_time() - begin) / (static_cast<double>(times) * kChanging);
}

void compare_listeners(bool quick) {
  const std::size_t counts[] = {100, 1'000, quick ? 2'000U : 10'000U};
  std::vector<std::unique_ptr<Inside>> homes;
  for (const std::size_t listeners : counts) {
    homes.push_back(std::make_unique<Inside>());
    homes.back()->listen(listeners);
  }
  Comparison larger[2];
  for (int round = 0; round < (quick ? 2 : 31); ++round) {
    const int times = quick ? 2 : 40;
    const double few = unmatched(*homes[0], times);
    for (std::size_t i = 0; i < 2; ++i) larger[i].add(few, unmatched(*homes[i + 1], times));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    Figure figure = larger[i].figure(
        fmt::format("dispatch, {} listeners that do not match against 100", counts[i + 1]),
        "ns/event", "<= 1.2");
    if (!quick) figure.met = figure.ratio <= 1.2;
    print(figure);
  }
}

void count_allocations(bool quick) {
  const int times = quick ? 2 : 50;
  const auto an_event = [&](Inside& inside) {
    unmatched(inside, 2);  // what grows once has grown
    inside.run();
    const std::size_t before = allocations;
    for (int i = 0; i < times; ++i) {
      for (std::size_t entity = 0; entity < kChanging; ++entity) {
        inside.change(entity, static_cast<unsigned>(i + 1) % 2);
        inside.run();
      }
    }
    return static_cast<double>(allocations - before) / (static_cast<double>(times) * kChanging);
  };
  Inside inside;
  const auto show = [&](std::string name, double limit) {
    Figure figure{.name = std::move(name),
                  .unit = "an event",
                  .goal = fmt::format("<= {}", limit),
                  .ours = an_event(inside)};
    if (!quick) figure.met = figure.ours <= limit;
    print(figure);
  };
  show("allocations, nobody listens", 0);
  std::size_t runs = 0;
  for (std::size_t entity = 0; entity < kChanging; ++entity) {
    inside.add(SampleHome::entity_id(entity), [&runs](const StateChange&) -> Task<> {
      ++runs;
      co_return;
    });
  }
  show("allocations, one coroutine handler runs", 2);
  if (runs == 0) throw std::runtime_error("no handler ran");
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  compare_listeners(quick);
  count_allocations(quick);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_dispatch: %s\n", error.what());
  return 1;
}
