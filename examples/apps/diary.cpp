// Writes down what changes in the home. Patterns such as "light.*" follow new entities by
// themselves; what is a number is told once it is a step away from what was told last.
#include <cmath>
#include <map>

#include <hassette/app.hpp>
using namespace hassette;

struct DiaryConfig {
  std::vector<std::string> watch;
  double step = 0.5;
};

class Diary : public App<DiaryConfig> {
  Task<> on_initialize() override {
    for (const auto& entities : app_config.watch) {
      co_await bus.on_state_change(entities, &Diary::on_change, {.name = entities});
    }
  }

  void on_change(const StateChange& change) {
    if (!change.old_state || !change.new_state) return;
    // A number is compared with what was told last, however slowly it has moved since.
    std::string& told = told_.try_emplace(change.entity_id, change.old_text()).first->second;
    if (is_a_small_step(told, change.new_text())) return;
    const auto unit = change.new_state->attribute_as<std::string>("unit_of_measurement");
    logger.info("{}: {} → {}{}", change.new_state->friendly_name(), told, change.new_text(),
                unit ? " " + *unit : "");
    told = change.new_text();
  }

  bool is_a_small_step(const std::string& from, std::string_view to) const {
    const auto before = states::read_number(from);
    const auto after = states::read_number(to);
    return before && after && std::abs(*after - *before) < app_config.step;
  }

  std::map<EntityId, std::string> told_;
};
HASSETTE_APP(Diary)
