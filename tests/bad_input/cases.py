"""Where the cases of all files come together, and the apps that nothing is wrong with."""

from collections.abc import Callable



def app(name: str = "Good", member: str = "", statement: str = "", include: str = "") -> str:
    """An app that says that it is good, and has what is given beside that."""
    return (
        (f"#include <{include}>\n" if include else "")
        + "#include <hassette/app.hpp>\nusing namespace hassette;\n"
        + f"class {name} : public App<> {{\n"
        + "  Task<> on_initialize() override {\n"
        + '    logger.info("good as ever");\n'
        + (f"    {statement}\n" if statement else "")
        + "    co_return;\n  }\n"
        + (f"  {member}\n" if member else "")
        + f"}};\nHASSETTE_APP({name})\n"
    )


GOOD_APP = app()
CONFIGURED_APP = """\
#include <hassette/app.hpp>
using namespace hassette;
struct LampConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};
class Lamp : public App<LampConfig> {
  Task<> run() override { co_return; }
};
HASSETTE_APP(Lamp)
"""
CASES: list[Callable] = []


def case(function: Callable) -> Callable:
    CASES.append(function)
    return function
