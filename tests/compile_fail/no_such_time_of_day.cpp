#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_daily("24:30", &Lamp::off, {.name = "night"});  // MISTAKE: a_moment_reads_like_07_30_or_sunset_or_sunset_minus_30min
    // FIXED:     co_await scheduler.run_daily("00:30", &Lamp::off, {.name = "night"});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
