#include "daemon/stop_path.hpp"

#include "daemon/way_out.hpp"
#include "log/console_sink.hpp"

namespace hassette::daemon {

StopPath::StopPath(log::ConsoleSink& console, int forced_code)
    : console_(console), forced_code_(forced_code), last_resort_(console) {
  prepare_way_out();
  signals_.emplace([this] {
    // Who listens knows better what holds it up; perhaps nobody does yet.
    expect_end([] { return std::string("the engine does not end; leaving without it"); });
    request_.make();
  });
}

void StopPath::expect_end(LastResort::Why why) {
  last_resort_.arm(kPatience, forced_code_, std::move(why));
}

void StopPath::leave_the_rest_to_exit(int exit_code) {
  signals_.reset();
  const auto left = last_resort_.retire(kLastSteps);
  end_process_in(
      left, exit_code == 0 ? forced_code_ : exit_code, console_.fd(),
      console_.line(LogLevel::kError,
                    "the global objects of the apps do not end: the destructor of one of "
                    "them blocks; leaving without it"));
}

}  // namespace hassette::daemon
