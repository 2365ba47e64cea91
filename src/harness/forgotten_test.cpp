// A Task that an app keeps and never awaits is found when the app's object goes.
#include <hassette/testing.hpp>

#include <gtest/gtest-spi.h>

#include <vector>

namespace hassette {
namespace {

class Keeper : public App<> {
  Task<> on_initialize() override {
    kept_.push_back(api.turn_on("light.hall"));
    co_return;
  }
  std::vector<Task<>> kept_;
};

TEST(AppHarness, a_task_that_a_member_keeps_is_told_as_its_apps_when_that_ends) {
  EXPECT_NONFATAL_FAILURE(
      {
        AppHarness home;
        home.start<Keeper>();
      },
      "keeper `on_initialize`: a Task that was made at");
}

}  // namespace
}  // namespace hassette
