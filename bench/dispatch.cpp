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
#include <random>

#include <hassette/async.hpp>
#include "app/reporter.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "bus/owner.hpp"
#include "bus/router.hpp"
#include "figure.hpp"
#include "sample_home.hpp"

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
using std::chrono::steady_clock;

constexpr std::size_t kEntities = 12'000;
constexpr std::size_t kChanging = 1'000;  // the first ones; listeners ask for those behind them

class NoSource final : public bus::EventSource {
 public:
  Task<> want(std::string) override { co_return; }
};

[[noreturn]] void give_up(const async::Label&, const std::exception_ptr& error) {
  std::fprintf(stderr, "%s\n", async::describe(error).c_str());
  std::exit(1);
}

/// The part of the engine between the reader of frames and the handlers.
class Inside {
 public:
  Inside()
      : clock_(TimePoint(std::chrono::hours(24))),
        loop_(clock_, reactor_),
        board_(clock_, "bench"),
        reporter_(loop_, board_, "http://127.0.0.1"),
        router_(cache_, reporter_, source_),
        tasks_(loop_, give_up),
        owner_{.app = "bench", .bucket = &tasks_, .router = &router_},
        bus_(owner_) {
    for (std::size_t entity = 0; entity < kEntities; ++entity) {
      ids_.push_back(SampleHome::entity_id(entity));
      change(entity, 0);
    }
  }

  /// One change, on the way that Engine takes it.
  void change(std::size_t entity, unsigned state) {
    const model::WireState wire{.entity_id = ids_[entity],
                                .state = state == 0 ? "off" : "on",
                                .attributes = kAttributes,
                                .context = kContext,
                                .last_changed = clock_.wall(),
                                .last_updated = clock_.wall()};
    const state::Change made = cache_.apply(wire, clock_.wall(), kContext);
    reporter_.on_change(made);
    router_.dispatch(made);
    reporter_.settle(cache_.size());
  }

  void listen(std::size_t listeners) {
    std::mt19937 random(7);
    std::uniform_int_distribution<std::size_t> any(kChanging, kEntities - 1);
    for (std::size_t i = 0; i < listeners; ++i) {
      // A glob that fits a hundred entities or so, all of them behind those that change.
      std::string asked =
          i % 10 == 0 ? fmt::format("*.sample_{}??", 10 + any(random) % 80) : ids_[any(random)];
      add(std::move(asked), [](const StateChange&) {});
    }
  }

  template <class H>
  void add(std::string entity, H handler) {
    tasks_.spawn(async::intern_label("bench", "listen"),
                 [](Inside* self, std::string asked, H its_handler) -> Task<> {
                   co_await self->bus_.on_state_change(
                       std::move(asked), std::move(its_handler),
                       {.name = fmt::format("listener {}", ++self->listeners_)});
                 }(this, std::move(entity), std::move(handler)));
    run();
  }

  void run() { loop_.run_ready(); }

 private:
  static constexpr std::string_view kAttributes =
      R"({"state_class":"measurement","unit_of_measurement":"W","device_class":"power",)"
      R"("friendly_name":"Power of the washing machine"})";
  static constexpr std::string_view kContext =
      R"({"id":"01M82W5X8WB9RDCVH6MXBNA089","parent_id":null,"user_id":null})";

  async::VirtualClock clock_;
  async::ParkReactor reactor_;
  async::Loop loop_;
  telemetry::Board board_;
  app::Reporter reporter_;
  state::Cache cache_;
  NoSource source_;
  bus::Router router_;
  async::Bucket tasks_;
  bus::Owner owner_;
  Bus bus_;
  std::vector<std::string> ids_;
  std::size_t listeners_ = 0;
};

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
