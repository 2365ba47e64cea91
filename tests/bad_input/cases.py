"""Where the cases of all files come together, and the apps that nothing is wrong with."""

from collections.abc import Callable

GOOD_APP = """\
#include <hassette/app.hpp>
using namespace hassette;
class Good : public App<> {
  Task<> on_initialize() override {
    logger.info("good as ever");
    co_return;
  }
};
HASSETTE_APP(Good)
"""
CONFIGURED_APP = """\
#include <hassette/app.hpp>
using namespace hassette;
struct LampConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};
class Lamp : public App<LampConfig> {};
HASSETTE_APP(Lamp)
"""
CASES: list[Callable] = []


def case(function: Callable) -> Callable:
    CASES.append(function)
    return function
