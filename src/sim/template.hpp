// Rendering the simulated home's templates, and which entities a result depends on.
//
// Enough of Home Assistant's functions for tests and demos: states, is_state, state_attr,
// has_value, is_state_attr, now, utcnow, float, int, bool, iif, min, max, and the common filters.
// Used on the loop's thread. What goes wrong is thrown as TemplateFailure, under the name that
// Python gives it.
#pragma once

#include <hassette/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "sim/template_syntax.hpp"

namespace hassette::sim {

class Home;

struct Rendered {
  std::string text;
  std::set<std::string> entities;
  std::set<std::string> domains;
  bool all = false;
  bool time = false;

  // Numbers, booleans, lists and None become values, as Home Assistant's native types do.
  [[nodiscard]] Json native() const;
  [[nodiscard]] Json listeners() const;
};

[[nodiscard]] Rendered render_template(Home& home, std::string_view source,
                                       const Json& variables = {});
// Renders every text inside the value that is a template.
[[nodiscard]] Json render_inside(Home& home, const Json& value, const Json& variables);

}  // namespace hassette::sim
