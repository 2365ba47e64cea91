// What of runs and registrations reaches the board.
#include "app/reporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/testing.hpp"

namespace hassette::app {
namespace {

class Reporting : public async::InVirtualTime {
 protected:
  Json task(std::size_t index = 0) const {
    return board.snapshot()["apps"]["lights"]["tasks"].as_object().at(index).second;
  }

  telemetry::Board board{clock, "0.1.0"};
  Reporter reporter{loop, board, "http://ha"};
  const run::Source source{.kind = run::Kind::kJob,
                           .app = "lights",
                           .name = "porch",
                           .trigger = "daily at 20:00",
                           .where = std::source_location::current()};
};

TEST_F(Reporting, tells_every_reason_for_which_there_was_no_run) {
  run::Observer& observer = reporter;
  const std::uint64_t number = observer.registered(source);
  observer.held_back(number, false);
  observer.held_back(number, true);
  observer.throttled(number);
  observer.skipped(number);
  observer.missed(number);
  observer.late(number);
  observer.condition_failed(number, "no such attribute");
  observer.error_handler_failed(number);
  for (const char* count : {"suppressed", "dropped", "throttled", "skipped", "missed", "late",
                            "failures", "error_handler_failures"}) {
    EXPECT_EQ(task()[count], 1) << count;
  }
  EXPECT_EQ(task()["last_error"]["text"], "no such attribute");
  observer.removed(number);
  observer.skipped(number);  // what has gone from the board is counted no more
  observer.condition_failed(number, "no such attribute");
  EXPECT_EQ(board.snapshot()["apps"]["lights"]["failures"], 1);
}

TEST_F(Reporting, tells_what_is_durable) {
  run::Source durable = source;
  durable.durable = true;
  reporter.registered(source);
  reporter.registered(durable);
  EXPECT_FALSE(task(0).contains("durable"));
  EXPECT_EQ(task(1)["durable"], true);
}

}  // namespace
}  // namespace hassette::app
