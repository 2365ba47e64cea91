#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    if (now() > "07:00") logger.info("day");  // MISTAKE: invalid operands to binary expression \('TimePoint' \(aka
    // FIXED:     if (local_now().time_of_day() > "07:00") logger.info("day");
    co_return;
  }
};
HASSETTE_APP(Lamp)
