// What a test says in the engine's place.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <hassette/test_home.hpp>
#include "bus/engine_events.hpp"
#include "harness/parts.hpp"

namespace hassette {

namespace {

void check_status(const std::string& status) {
  constexpr std::array<std::string_view, 6> kAll{"not_started", "starting", "running",
                                                 "stopping",    "stopped",  "failed"};
  if (std::ranges::find(kAll, status) != kAll.end()) return;
  throw LogicError(
      "no app has this status; it is one of not_started, starting, running, stopping, "
      "stopped, failed",
      status);
}

}  // namespace

void TestHome::simulate_service_state(std::string_view service, std::string error) {
  parts_->happen(fmt::format("service {}", service), error.empty() ? "works" : "fails",
                 [this, service = std::string(service), error = std::move(error)] {
                   parts_->engine.tell_of_service(service, error);
                 });
}

void TestHome::simulate_app_state(const std::string& app, const std::string& previous,
                                  const std::string& status, const std::string& error) {
  check_status(previous);
  check_status(status);
  bus::AppStateChange change{
      .app = app, .instance = app, .status = status, .previous = previous, .error = error};
  parts_->happen("app " + app, "is " + status, [this, change = std::move(change)] {
    parts_->engine.services().router.dispatch(bus::app_state_event(parts_->loop.wall(), change));
  });
}

}  // namespace hassette
