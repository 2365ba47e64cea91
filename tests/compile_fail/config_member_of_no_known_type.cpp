#include <hassette/app.hpp>
using namespace hassette;

struct Steps {
  std::vector<std::pair<int, int>> levels;
};
struct LampConfig {
  EntityId light;
  Steps steps;
};
struct MendedConfig {
  EntityId light;
  std::vector<int> levels;
};
class Lamp : public App<LampConfig> {
  Task<> run() override { co_return; }
};
class Mended : public App<MendedConfig> {
  Task<> run() override { co_return; }
};
HASSETTE_APP(Lamp)  // MISTAKE: configuration cannot be read into a member of this type
// FIXED: HASSETTE_APP(Mended)
