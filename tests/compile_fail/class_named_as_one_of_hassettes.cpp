#include <hassette/app.hpp>
using namespace hassette;

enum class Mode { kHome,
                  kAway };

struct Plan {
  Mode mode;  // MISTAKE: reference to 'Mode' is ambiguous\n[^\n]*candidate found by name lookup is 'Mode'\n[^\n]*candidate found by name lookup is 'hassette::Mode'
  // FIXED:   ::Mode mode;
};

class Lamp : public App<Plan> {
  Task<> run() override { co_return; }
};
HASSETTE_APP(Lamp)
