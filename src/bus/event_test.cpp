#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using async::Notes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// --- Other events

TEST_F(TheBus, asks_home_assistant_for_event_types_and_waits_for_its_word) {
  source.confirms.clear();
  Notes done;
  const auto registering = [](TheBus* test, Notes* into) -> Task<> {
    co_await test->bus.on("zha_event", [] {}, {.name = "zha"});
    into->push_back("registered");
  };
  spawn(registering(this, &done));
  loop.run_ready();
  EXPECT_THAT(source.wanted, ElementsAre("zha_event"));
  EXPECT_THAT(done, IsEmpty());
  source.confirms.set();
  loop.run_ready();
  EXPECT_THAT(done, ElementsAre("registered"));
}

TEST_F(TheBus, leaves_no_listener_where_home_assistant_refuses_or_nobody_waits_any_more) {
  source.refuses = true;
  EXPECT_THROW(listen_event("admin_only", noting_event()), Error);
  EXPECT_EQ(router.count(owner), 0u);
  source.refuses = false;
  source.confirms.clear();
  const auto registering = [](TheBus* test) -> Task<> {
    co_await test->bus.on("zha_event", test->noting_event(), {.name = "zha"});
  };
  const auto number = spawn(registering(this));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_EQ(router.count(owner), 0u);
  event("zha_event");
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(TheBus, matches_service_calls_by_pattern) {
  const auto note = [this](std::string name) {
    return [this, name](const Event& call) { notes.push_back(name + " " + call.service()); };
  };
  listen_call("light", "turn_on", note("exact"));
  listen_call("light", "", note("domain"));
  listen_call("*", "turn_*", note("pattern"));
  listen_call("", "", note("any"), {.name = "t", .where = [](const Event& call) {
                                      return call.service_data()["x"] == 1;
                                    }});
  event("call_service", {{"domain", "light"}, {"service", "turn_on"}});
  event("call_service", {{"domain", "light"}, {"service", "toggle"}});
  event("call_service", {{"domain", "fan"}, {"service", "turn_off"}, {"service_data", {{"x", 1}}}});
  event("other", {{"domain", "light"}, {"service", "turn_on"}});
  EXPECT_THAT(notes, ElementsAre("exact turn_on", "domain turn_on", "pattern turn_on",
                                 "domain toggle", "pattern turn_off", "any turn_off"));
}

TEST_F(TheBus, names_the_question_of_an_event_that_throws) {
  listen_event("my_event", noting_event(), {.name = "odd", .where = [](const Event& event) -> bool {
                                              return event.data["x"].as_bool();
                                            }});
  event("my_event", {{"x", 1}});
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("`odd`: its condition failed (event my_event)"),
                                          HasSubstr("a boolean"))));
}

TEST_F(TheBus, brings_what_an_app_emits_to_all_apps) {
  listen_event("my_event", [this](const Event& event) {
    notes.push_back(event.data.dump() + (event.origin == Origin::kEngine ? " engine" : ""));
    EXPECT_EQ(event.time_fired, loop.wall());
  });
  run(emit("my_event", {{"x", 1}}));
  run(emit("nobody_listens", {}));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre(R"({"x":1} engine)"));
  EXPECT_THROW(bus.emit("my_event"), LogicError) << "outside the loop";
}

}  // namespace
}  // namespace hassette::bus
