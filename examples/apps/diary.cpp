// Writes down what changes in the home. Patterns such as "light.*" follow new entities by
// themselves.
#include <hassette/app.hpp>
using namespace hassette;

struct DiaryConfig {
  std::vector<std::string> watch;
};

class Diary : public App<DiaryConfig> {
  Task<> on_initialize() override {
    for (const auto& entities : app_config.watch) {
      co_await bus.on_state_change(entities, &Diary::on_change, {.name = entities});
    }
  }

  void on_change(const StateChange& change) {
    if (!change.old_state || !change.new_state) return;
    const auto unit = change.new_state->attribute_as<std::string>("unit_of_measurement");
    logger.info("{}: {} → {}{}", change.new_state->friendly_name(), change.old_text(),
                change.new_text(), unit ? " " + *unit : "");
  }
};
HASSETTE_APP(Diary)
