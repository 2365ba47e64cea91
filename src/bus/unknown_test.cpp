// What an app names and the home does not have.
#include "bus/unknown.hpp"

#include <fmt/format.h>

#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class UnknownNames : public TheBus {
 public:
  UnknownNames() { log::add_sink(all_); }
  ~UnknownNames() override { log::remove_sink(*all_); }

  /// "warning: message", with how often it was said if more than once.
  std::vector<std::string> told() const {
    std::vector<std::string> texts;
    for (const log::RingSink::Line& line : all_->lines(1000)) {
      texts.push_back(fmt::format("{}: {}{}", log::to_string(line.record.level),
                                  line.record.message,
                                  line.times > 1 ? fmt::format(" ×{}", line.times) : ""));
    }
    return texts;
  }
  void know_the_home() {
    std::vector<model::WireState> states;
    for (const char* id : {"light.kitchen", "light.kitchen_2", "sensor.attic"}) {
      states.push_back({.entity_id = id,
                        .state = "on",
                        .attributes = "{}",
                        .context = R"("01CTX")",
                        .last_changed = loop.wall(),
                        .last_updated = loop.wall()});
    }
    cache.reconcile(states, loop.wall());
    router.home_is_known();
  }
  void wait_for(Entities entities) {
    run([](UnknownNames* test, Entities its) -> Task<> {
      try {
        co_await test->bus.wait_for(std::move(its), {}, 1s);
      } catch (const TimeoutError&) {
      }
    }(this, std::move(entities)));
  }
  void call(const std::string& id) { warn_of_unknown(owner, "light.turn_on at bed.cpp:12", id); }

 private:
  std::shared_ptr<log::RingSink> all_ = std::make_shared<log::RingSink>(1000);
};

// --- Ids

TEST_F(UnknownNames, an_id_is_told_once_with_the_nearest_that_the_home_has) {
  know_the_home();
  for (int times = 0; times < 3; ++times) listen("light.kitchn", noting());
  listen("light.kitchen", noting());
  EXPECT_THAT(told(),
              ElementsAre(AllOf(StartsWith("warning: `test` listens to light.kitchn, which the "
                                           "home does not have (yet)"),
                                HasSubstr("did you mean `light.kitchen` or `light.kitchen_2`?"),
                                HasSubstr("testing.hpp:"))));
}

TEST_F(UnknownNames, what_a_service_call_names_is_told_once_with_its_line) {
  know_the_home();
  call("light.kitchen");
  call("light.kitchn");
  call("light.kitchn");
  call("cover.garage");
  EXPECT_THAT(told(), ElementsAre("warning: light.turn_on at bed.cpp:12: the home does not have "
                                  "light.kitchn (the call is made all the same); did you mean "
                                  "`light.kitchen` or `light.kitchen_2`?",
                                  "warning: light.turn_on at bed.cpp:12: the home does not have "
                                  "cover.garage (the call is made all the same)"));
}

TEST_F(UnknownNames, an_entity_that_was_told_of_as_listened_to_is_not_told_of_as_called) {
  know_the_home();
  listen("light.kitchn", noting());
  call("light.kitchn");
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(UnknownNames, each_app_is_told_for_itself) {
  know_the_home();
  call("light.kitchn");
  Owner other{.app = "other", .self = &lamp, .bucket = &bucket, .router = &router};
  warn_of_unknown(other, "light.turn_on at bed.cpp:12", "light.kitchn");
  EXPECT_THAT(logged(), ElementsAre(StartsWith("lamp: "), StartsWith("other: ")));
}

TEST_F(UnknownNames, calls_are_not_judged_while_nothing_is_known_of_the_home) {
  call("light.kitchn");
  EXPECT_THAT(told(), IsEmpty());
  know_the_home();
  call("light.kitchn");
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(UnknownNames, an_app_that_makes_up_names_is_told_of_a_hundred) {
  know_the_home();
  for (int i = 0; i < 300; ++i) call(fmt::format("cover.number_{}", i));
  listen("cover.one_more", noting());
  listen("cover.one_*", noting());
  EXPECT_THAT(told(), SizeIs(kMostUnknown + 1));
  EXPECT_THAT(told().back(), HasSubstr("has named 100 entities that the home does not have; of "
                                       "cover.number_100 and more it is not told"));
  EXPECT_THAT(owner.unknown_names, SizeIs(kMostUnknown + 1));
}

TEST_F(UnknownNames, the_nearest_are_looked_for_until_ten_have_been_told) {
  know_the_home();
  for (char c = 'a'; c < 'j'; ++c) call(fmt::format("light.kitchen{}", c));
  listen("light.kichen*", noting());
  listen("light.kitchn", noting());
  listen("light.kitcehn*", noting());
  listen("light.kicthen*", noting());
  listen("lihgt.*", noting());
  call("light.kitchne");
  const std::vector<std::string> lines = told();
  ASSERT_THAT(lines, SizeIs(kMostSuggested + 5));
  for (std::size_t i = 0; i + 1 < kMostSuggested; ++i) {
    EXPECT_THAT(lines[i], HasSubstr("did you mean `light.kitchen`"));
  }
  EXPECT_THAT(lines[kMostSuggested - 1], HasSubstr("the nearest is `light.kitchen`"));
  for (std::size_t i = kMostSuggested; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], testing::Not(testing::AnyOf(HasSubstr("did you mean"),
                                                      HasSubstr("the nearest is"))));
  }
  Owner other{.app = "other", .self = &lamp, .bucket = &bucket, .router = &router};
  warn_of_unknown(other, "light.turn_on at bed.cpp:12", "light.kitchn");
  EXPECT_THAT(told().back(), HasSubstr("did you mean `light.kitchen`")) << "it counts for an app";
}

// --- Patterns

TEST_F(UnknownNames, a_pattern_that_matches_nothing_is_told_once_with_what_is_near) {
  know_the_home();
  for (int times = 0; times < 3; ++times) listen("light.kichen*", noting());
  listen("light.kitchen*", noting());
  listen("*", noting());
  EXPECT_THAT(told(), ElementsAre(AllOf(StartsWith("warning: `test` listens to light.kichen*, "
                                                   "which matches nothing in the home (yet)"),
                                        HasSubstr("; the nearest is `light.kitchen` or "
                                                  "`light.kitchen_2` [registered at"),
                                        HasSubstr("testing.hpp:"))));
}

TEST_F(UnknownNames, of_a_list_the_pattern_that_matches_nothing_is_told) {
  know_the_home();
  listen({"light.*", "light.bath_*", "sensor.attic"}, noting());
  EXPECT_THAT(told(), ElementsAre(HasSubstr("listens to light.bath_*, which matches nothing")));
}

TEST_F(UnknownNames, of_a_target_the_pattern_that_matches_nothing_is_told) {
  know_the_home();
  listen(Target{.entity_id = {"light.bath_*", "light.kitchen"}}, noting());
  EXPECT_THAT(told(), ElementsAre(HasSubstr("listens to light.bath_*, which matches nothing")));
}

TEST_F(UnknownNames, a_domain_without_entities_is_a_warning_only_where_another_is_near) {
  know_the_home();
  listen(domain("update"), noting());
  listen("lihgt.*", noting());
  EXPECT_THAT(told(), ElementsAre(AllOf(StartsWith("info: "), HasSubstr("listens to update.*")),
                                  AllOf(StartsWith("warning: "), HasSubstr("listens to lihgt.*"),
                                        HasSubstr("; did you mean `light.*`?"))));
}

TEST_F(UnknownNames, an_entity_that_is_only_listened_to_matches_no_pattern) {
  know_the_home();
  listen("light.bath_1", noting());
  listen("light.bath_*", noting());
  EXPECT_THAT(told(), ElementsAre(HasSubstr("light.bath_1"), HasSubstr("light.bath_*")));
}

TEST_F(UnknownNames, a_pattern_goes_on_waiting_for_what_appears) {
  know_the_home();
  listen("light.bath_*", noting());
  change("light.bath_mirror", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.bath_mirror on"));
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(UnknownNames, waits_in_a_loop_are_told_once) {
  know_the_home();
  for (int times = 0; times < 5; ++times) wait_for("light.bath_*");
  EXPECT_THAT(told(), ElementsAre(AllOf(HasSubstr("`wait_for light.bath_*` listens to"),
                                        testing::Not(HasSubstr("×")))));
}

TEST_F(UnknownNames, the_steps_of_a_sequence_are_told) {
  know_the_home();
  run([](UnknownNames* test) -> Task<Subscription> {
    co_return co_await test->bus.on_sequence(
        sequence("light.kitchen", "on").then("light.bath_*", "on"), [] {}, {.name = "story"});
  }(this));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("`story` listens to light.bath_*, which matches")));
}

// --- Before the first snapshot

TEST_F(UnknownNames, what_came_before_the_home_was_known_is_judged_then) {
  listen("light.kitchen*", noting());
  listen("light.kichen*", noting());
  listen("light.kitchn", noting());
  listen("light.kitchen", noting());
  EXPECT_THAT(told(), IsEmpty());
  know_the_home();
  EXPECT_THAT(told(), ElementsAre(HasSubstr("listens to light.kichen*, which matches nothing"),
                                  HasSubstr("listens to light.kitchn, which the home does not")));
  know_the_home();
  listen("light.kichen*", noting());
  EXPECT_THAT(told(), SizeIs(2)) << "once";
}

TEST_F(UnknownNames, what_was_cancelled_before_the_home_was_known_is_not_judged) {
  listen("light.kichen*", noting()).cancel();
  listen("light.kitchn", noting(), {.name = "replaced"});
  listen("light.kitchn", noting(), {.name = "replaced", .if_exists = IfExists::kReplace}).cancel();
  wait_for("light.bath_*");
  know_the_home();
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace hassette::bus
