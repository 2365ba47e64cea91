// How a cover is led to a wanted state: by its position and its tilt, and else to one of its ends.
#include <optional>

#include "sim/reproduce_plans.hpp"

namespace hassette::sim {

namespace {

using Steps = std::vector<Step>;

Json only(const char* key, Json value) {
  Json data = Json::object();
  data[key] = std::move(value);
  return data;
}

// One of the two ways in which a cover moves, and what leads where.
struct Way {
  const char* position;
  const char* field;
  const char* open;
  const char* close;
  const char* set;
  std::int64_t can_open;
  std::int64_t can_close;
  std::int64_t can_set;
};
constexpr Way kMove = {
    "current_position", "position", "open_cover", "close_cover", "set_cover_position", 1, 2, 4};
constexpr Way kTilt = {"current_tilt_position",
                       "tilt_position",
                       "open_cover_tilt",
                       "close_cover_tilt",
                       "set_cover_tilt_position",
                       16,
                       32,
                       128};

// False where the cover is not told a position, or cannot go to one.
bool to_position(const Wanted& wanted, const Way& way, std::int64_t features, Steps& steps) {
  if (!wanted.given(way.position) || !wanted.differs(way.position)) return false;
  const Json& goal = wanted.attributes[way.position];
  if (goal == Json(0) && (features & way.can_close) != 0) {
    steps.push_back({way.close});
  } else if (goal == Json(100) && (features & way.can_open) != 0) {
    steps.push_back({way.open});
  } else if ((features & way.can_set) != 0) {
    steps.push_back({way.set, only(way.field, goal)});
  } else {
    return false;
  }
  return true;
}

void to_end(const Way& way, bool open, std::int64_t features, Steps& steps) {
  if ((features & (open ? way.can_open : way.can_close)) != 0) {
    steps.push_back({open ? way.open : way.close});
  } else if ((features & way.can_set) != 0) {
    steps.push_back({way.set, only(way.field, open ? 100 : 0)});
  }
}

}  // namespace

std::vector<Step> steps_of_cover(const Wanted& wanted) {
  if (!wanted.is({"open", "opening", "closed", "closing"})) return {};
  if (wanted.same_state() && !wanted.differs(kMove.position) && !wanted.differs(kTilt.position)) {
    return {};
  }
  auto features = wanted.now.attributes()["supported_features"].get<std::int64_t>();
  if (!features) {  // then by what it shows
    const bool moves = wanted.now.attributes().contains(kMove.position);
    const bool tilts = wanted.now.attributes().contains(kTilt.position);
    features = (moves ? 7 : 0) | (tilts ? 176 : 0);
    if (*features == 0) features = 3;
  }
  Steps steps;
  const bool moved = to_position(wanted, kMove, *features, steps);
  const bool tilted = to_position(wanted, kTilt, *features, steps);
  const bool open = wanted.is({"open", "opening"});
  if (!moved) to_end(kMove, open, *features, steps);
  if (!tilted) to_end(kTilt, open, *features, steps);
  return steps;
}

}  // namespace hassette::sim
