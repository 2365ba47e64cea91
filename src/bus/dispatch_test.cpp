#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using async::Notes;
using testing::ElementsAre;
using testing::IsEmpty;

// --- Cancelling, and what changes during dispatch

TEST_F(TheBus, ends_a_subscription_at_once) {
  Subscription subscription =
      listen("light.a", &Lamp::on_change, {.name = "t", .mode = Mode::kQueued});
  change("light.a", "on");
  change("light.a", "off");
  EXPECT_TRUE(subscription.active());
  subscription.cancel();
  subscription.cancel();
  EXPECT_FALSE(subscription.active());
  advance(5s);
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("member on"));
  EXPECT_THAT(observer.lines, ElementsAre("t started", "t cancelled"));
  EXPECT_THAT(observer.sources, IsEmpty());
  EXPECT_FALSE(Subscription().active());
  Subscription().cancel();
}

TEST_F(TheBus, hands_out_subscriptions_that_refuse_another_thread) {
  Subscription subscription = listen("light.a", noting());
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { subscription.cancel(); },
           [&] { static_cast<void>(subscription.active()); },
           [&] { static_cast<void>(subscription.recent()); },
           [&] { static_cast<void>(subscription.durability()); },
       }) {
    EXPECT_THAT(async::on_another_thread(call),
                testing::HasSubstr("was called on another thread than the loop's"));
  }
  EXPECT_TRUE(subscription.active());
  subscription.cancel();
  // Nothing of it changes any more, and its app may be gone.
  EXPECT_THAT(async::on_another_thread([&] { static_cast<void>(subscription.active()); }),
              testing::HasSubstr("Subscription::active was called on another thread"));
}

TEST_F(TheBus, lets_a_handler_cancel_its_own_subscription) {
  Subscription own;
  own = listen("light.a", [this, &own]() -> Task<> {
    own.cancel();
    co_await sleep(1s);
    notes.push_back("went on");
  });
  change("light.a", "on");
  change("light.a", "off");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("went on"));
  EXPECT_EQ(observer.last.outcome, run::Outcome::kSuccess);
}

TEST_F(TheBus, lets_a_handler_cancel_it_also_within_a_time_limit) {
  Subscription own;
  const auto cancel_and_sleep = [](Subscription* which) -> Task<> {
    which->cancel();
    co_await sleep(1s);
  };
  own = listen("light.a", [this, &own, cancel_and_sleep]() -> Task<> {
    co_await timeout(cancel_and_sleep(&own), 1h);
    notes.push_back("went on");
  });
  change("light.a", "on");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("went on"));
}

TEST_F(TheBus, begins_no_run_for_a_question_that_cancels_its_own_subscription) {
  Subscription own;
  own = listen("light.a", noting(), {.name = "t", .where = [&own](const StateChange&) {
                                       own.cancel();
                                       return true;
                                     }});
  Subscription lasting;
  lasting = listen("light.a", noting(),
                   {.name = "t",
                    .where =
                        [&lasting](const StateChange&) {
                          lasting.cancel();
                          return true;
                        },
                    .duration = 1min});
  change("light.a", "on");
  advance(5min);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_THAT(observer.sources, IsEmpty());
}

TEST_F(TheBus, skips_who_was_cancelled_and_leaves_out_who_came_during_the_same_dispatch) {
  Subscription second;
  listen("light.a", noting("first"),
         {.name = "t",
          .where =
              [&](const StateChange&) {
                second.cancel();
                spawn([](TheBus* test) -> Task<> {
                  co_await test->bus.on_state_change("light.a", test->noting("new"),
                                                     {.name = "new"});
                }(this));
                return true;
              },
          .once = true});
  second = listen("light.a", noting("second"));
  listen("light.a", noting("third"));
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("first light.a on", "third light.a on"));
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("first light.a on", "third light.a on", "third light.a off",
                                 "new light.a off"));
}

TEST_F(TheBus, cancels_a_group_of_patterns_in_the_middle_of_their_dispatch) {
  std::vector<Subscription> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(listen("light.*", noting(std::to_string(i)),
                         {.name = "t", .where = [&all, i](const StateChange&) {
                            if (i == 2) {
                              for (Subscription& one : all) one.cancel();
                            }
                            return true;
                          }}));
  }
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("0 light.a on", "1 light.a on"))
      << "the others do not run any more";
  EXPECT_EQ(router.count(owner), 0u);
}

TEST_F(TheBus, keeps_the_order_of_events_for_a_queued_handler) {
  listen("sensor.n",
         [this](D::StateNew<> state) -> Task<> {
           const std::string text(state.text());
           co_await sleep(1s);
           notes.push_back(text);
         },
         {.name = "t", .mode = Mode::kQueued});
  Notes expected;
  for (int i = 0; i < 10; ++i) {
    dispatch("sensor.n", std::to_string(i));
    expected.push_back(std::to_string(i));
  }
  advance(1min);
  EXPECT_EQ(notes, expected);
}

}  // namespace
}  // namespace hassette::bus
