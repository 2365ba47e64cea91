#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> blinking_;  // MISTAKE: because field 'blinking_' has no default constructor
  // FIXED:   BackgroundTask blinking_;
  Task<> on_initialize() override { co_return; }
};
HASSETTE_APP(Lamp)
