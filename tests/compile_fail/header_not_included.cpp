#include <hassette/app.hpp>
using namespace hassette;

struct Seen {
  std::set<int> rooms;  // MISTAKE: no template named 'set' in namespace 'std'
  // FIXED:   std::vector<int> rooms;
};
class Lamp : public App<> {
  Task<> on_initialize() override { co_return; }
};
HASSETTE_APP(Lamp)
