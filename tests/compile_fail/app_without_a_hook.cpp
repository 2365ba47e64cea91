#include <hassette/app.hpp>
using namespace hassette;

class Misspelt : public App<> {
  Task<> on_initialise() { co_return; }
};
class Mended : public App<> {
  Task<> on_initialize() override { co_return; }
};
HASSETTE_APP(Misspelt)  // MISTAKE: nothing of this app would ever run
// FIXED: HASSETTE_APP(Mended)
