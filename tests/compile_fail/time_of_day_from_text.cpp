#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    const std::string at = "22:30";
    co_await scheduler.run_daily(at, &Lamp::off, {.name = "off"});  // MISTAKE: write the time as a literal, "07:30" or "sunset-30min"; .* MomentOfDay::parse
    // FIXED:     co_await scheduler.run_daily(MomentOfDay::parse(at).value(), &Lamp::off, {.name = "off"});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
