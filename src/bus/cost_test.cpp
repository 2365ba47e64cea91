// What an event costs that nobody runs for: no memory is allocated, and a listener that ends does
// not look at the others.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "bus/testing.hpp"

namespace {
std::atomic<std::size_t> allocations = 0;
}

// NOLINTBEGIN(misc-definitions-in-headers): counted for this test program
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const place = std::malloc(size)) return place;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
void operator delete(void* place, const std::nothrow_t&) noexcept {
  std::free(place);
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
// NOLINTEND

namespace hassette::bus {
namespace {

using testing::IsEmpty;

TEST_F(TheBus, allocates_nothing_for_an_event_that_no_question_says_yes_to) {
  listen("light.a", noting(), {.name = "to", .changed_to = "never"});
  listen("light.a", noting(), {.name = "from", .changed_from = "never", .changed_to = "on"});
  listen("light.*", noting(), {.name = "number", .changed_to = C::above(5)});
  listen("light.a", noting(), {.name = "held", .changed_to = "never", .duration = 5min});
  listen("light.a", noting(), {.name = "debounced", .changed_to = "never", .debounce = 5min});
  listen_attribute("light.a", "brightness", noting(), {.name = "attribute"});
  change("light.a", "on");
  const TimePoint now = loop.wall();
  std::vector<state::Change> changes;
  for (const char* text : {"off", "on", "off", "unavailable", "on"}) {
    state::Change made = cache.apply({.entity_id = "light.a",
                                      .state = text,
                                      .attributes = "{}",
                                      .context = "null",
                                      .last_changed = now,
                                      .last_updated = now},
                                     now, {});
    const std::size_t before = allocations;
    router.dispatch(made);
    EXPECT_EQ(allocations - before, 0u) << text;
  }
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(TheBus, ends_many_listeners_in_a_time_that_grows_with_them_alone) {
  constexpr int kMany = 5'000;
  const auto registering = [](TheBus* test) -> Task<> {
    for (int i = 0; i < kMany; ++i) {
      co_await test->bus.on_state_change(fmt::format("light.n{}", i), [] {}, {.name = "t"});
      co_await test->bus.on_state_change("light.same", [] {}, {.name = fmt::format("t{}", i)});
    }
  };
  run(registering(this));
  EXPECT_EQ(router.count(owner), 2u * kMany);
  const auto begin = std::chrono::steady_clock::now();
  router.remove_all(owner, CancelReason::kOwnerStopped);
  EXPECT_EQ(router.count(owner), 0u);
  // Looking at every route for each would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

}  // namespace
}  // namespace hassette::bus
