#include "home.hpp"

#include "specs.hpp"

namespace hassette::simulation {

bool apply_to_home(Table& home, const Op& op, Micros now) {
  const auto found = home.find(op.subject);
  if (op.verb == "remove") {
    if (found == home.end()) return false;
    home.erase(found);
    return true;
  }
  Known made{
      .text = op.text("is"), .level = op.text("level"), .last_changed = now, .last_updated = now};
  if (found != home.end()) {
    if (found->second.same_value(made)) return false;
    if (found->second.text == made.text) made.last_changed = found->second.last_changed;
  }
  home[op.subject] = made;
  return true;
}

Table first_table(Micros now) {
  Table table;
  Micros age = 0;
  for (const std::string& id : all_entities()) {
    age += 7 * kSecond;
    table[id] = {.text = id.starts_with("sensor.") ? "18"
                         : id == "sun.sun"         ? "day"
                                                   : "off",
                 .level = {},
                 .last_changed = now - age,
                 .last_updated = now - age};
  }
  return table;
}

}  // namespace hassette::simulation
