#include "specs.hpp"

#include <sstream>
#include <stdexcept>

namespace hassette::simulation {

namespace {

RunSpec run_spec(const Op& op) {
  RunSpec spec;
  spec.kind = op.verb == "job" ? "job" : "listener";
  spec.name = op.subject;
  const std::string mode = op.text("mode");
  spec.mode = mode == "restart"    ? When::kRestart
              : mode == "queued"   ? When::kQueued
              : mode == "parallel" ? When::kParallel
                                   : When::kSingle;
  spec.limit = op.has("limit") ? static_cast<std::size_t>(op.number("limit")) : 10;
  spec.timeout = op.number("timeout");
  spec.does = {.takes = op.number("takes"),
               .cleanup = op.number("cleanup"),
               .fails = op.has("fails"),
               .cancels = op.text("cancels")};
  if (op.has("on_error")) spec.on_error = on_error_spec(op);
  const std::string taken = op.text("taken");
  spec.taken = taken == "skip"     ? Taken::kSkip
               : taken == "refuse" ? Taken::kRefuse
                                   : Taken::kReplace;
  return spec;
}

}  // namespace

OnError on_error_spec(const Op& op) {
  return {.takes = op.number("on_error"), .fails = op.has("on_error_fails")};
}

bool ListenSpec::hears(const std::string& entity) const {
  std::istringstream parts(entities);
  for (std::string part; std::getline(parts, part, ',');) {
    if (part == entity || part == "*") return true;
    if (part.ends_with(".*") && entity.starts_with(part.substr(0, part.size() - 1))) return true;
  }
  return false;
}

ListenSpec listen_spec(const Op& op) {
  ListenSpec spec;
  spec.runs = run_spec(op);
  spec.event = op.text("event");
  spec.entities = op.text("entities");
  spec.attribute = op.text("attribute");
  spec.changed_to = op.text("changed_to");
  spec.changed_from = op.text("changed_from");
  spec.changed = op.text("changed");
  spec.where = op.text("where");
  spec.once = op.has("once");
  spec.immediate = op.has("immediate");
  spec.duration = op.number("duration");
  spec.debounce = op.number("debounce");
  spec.throttle = op.number("throttle");
  spec.both_edges = op.has("both_edges");
  spec.priority = static_cast<int>(op.number("priority"));
  return spec;
}

JobSpec job_spec(const Op& op) {
  JobSpec spec;
  spec.runs = run_spec(op);
  spec.trigger = op.text("trigger");
  spec.length = op.number("length");
  spec.time = op.text("time");
  if (op.has("each")) spec.each = static_cast<int>(op.number("each"));
  spec.aligned = op.has("aligned");
  spec.where = op.text("where");
  spec.skips_late = op.has("skips_late");
  if (op.has("tolerance")) spec.tolerance = op.number("tolerance");
  return spec;
}

std::string label_of(const std::string& name, int number) {
  return number == 1 ? name : name + "/" + std::to_string(number);
}

const std::vector<std::string>& all_entities() {
  static const std::vector<std::string> kAll{"light.a",  "light.b",  "light.c",
                                             "sensor.t", "sensor.u", "sun.sun"};
  return kAll;
}

}  // namespace hassette::simulation
