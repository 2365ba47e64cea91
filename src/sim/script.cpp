#include "sim/script.hpp"

#include <algorithm>
#include <hassette/error.hpp>

#include <fmt/format.h>

#include "json/parse.hpp"
#include "sim/checks.hpp"
#include "sim/home.hpp"
#include "sim/template.hpp"

namespace hassette::sim {

namespace {

std::vector<std::string> names_in(const Json& value) {
  std::vector<std::string> names;
  if (value.is_string()) names.push_back(value.as_string());
  if (value.is_array()) {
    for (const Json& item : value.as_array()) names.push_back(item.get<std::string>().value_or(""));
  }
  return names;
}

bool among(const Json& wanted, const std::string& state) {
  const std::vector<std::string> names = names_in(wanted);
  return std::ranges::find(names, state) != names.end();
}

// One run of a sequence: keeps itself alive until the last step has run.
class Run final : public std::enable_shared_from_this<Run> {
 public:
  Run(Home& home, Json sequence, Json variables, Context context,
      std::function<void(ScriptEnd)> done)
      : home_(home),
        sequence_(std::move(sequence)),
        variables_(std::move(variables)),
        context_(std::move(context)),
        done_(std::move(done)) {}

  void next() {
    try {
      while (at_ < sequence_.size()) {
        if (!step(Json(sequence_.at(at_++)))) return;
      }
      done_({});
    } catch (const CommandFailure& failure) {
      done_({{}, failure});
    } catch (const TemplateFailure& failure) {
      done_({{}, CommandFailure{"home_assistant_error", failure.text(), {}}});
    } catch (const std::exception&) {
      done_({{}, CommandFailure{"unknown_error", "Unknown error", {}}});
    }
  }

 private:
  // False where the rest waits, or is never reached.
  bool step(const Json& step) {
    if (step["enabled"] == Json(false)) return true;
    if (step.contains("action") || step.contains("service")) return call(step);
    if (step.contains("event")) {
      home_.fire(step["event"].as_string(), event_data(step), context_);
      return true;
    }
    if (step.contains("delay")) {
      const std::int64_t seconds = seconds_from(step["delay"]).value_or(0);
      home_.after(std::chrono::seconds(seconds), [run = shared_from_this()] { run->next(); });
      return false;
    }
    if (step.contains("stop")) {
      const auto name = step["response_variable"].get<std::string>();
      done_({name ? std::as_const(variables_)[*name] : Json(), {}});
      return false;
    }
    if (step.contains("variables")) {
      const Json rendered = render_inside(home_, step["variables"], variables_);
      for (const auto& [key, value] : rendered.as_object()) variables_[key] = value;
      return true;
    }
    if (step.contains("condition") && !holds(home_, step)) {
      done_({});
      return false;
    }
    return true;
  }

  // An event is fired without its data where that cannot be rendered.
  Json event_data(const Json& step) {
    if (!step.contains("event_data")) return Json::object();
    try {
      return render_inside(home_, step["event_data"], variables_);
    } catch (const TemplateFailure&) {
      return Json::object();
    }
  }

  bool call(const Json& step) {
    const std::string name = (step.contains("action") ? step["action"] : step["service"])
                                 .get<std::string>()
                                 .value_or("");
    const std::size_t dot = name.find('.');
    ServiceCall call;
    call.domain = name.substr(0, dot);
    call.service = dot == std::string::npos ? "" : name.substr(dot + 1);
    for (const char* part : {"data", "target"}) {
      const Json rendered = render_inside(home_, step[part], variables_);
      if (!rendered.is_object()) continue;
      for (const auto& [key, value] : rendered.as_object()) call.data[key] = value;
    }
    if (step.contains("entity_id")) call.data["entity_id"] = step["entity_id"];
    // Whom a step names is a list once Home Assistant has read the script; its data stays as it is.
    if (step["target"].contains("entity_id") || step.contains("entity_id")) {
      static_cast<void>(accept::entity_ids()(call.data["entity_id"]));
    }
    const auto variable = step["response_variable"].get<std::string>();
    call.return_response = variable.has_value();
    call.context = context_;
    home_.call(std::move(call), [run = shared_from_this(), variable](const ServiceResult& result) {
      if (result.failure) {
        run->done_({{}, result.failure});
        return;
      }
      if (variable) run->variables_[*variable] = result.response;
      run->next();
    });
    return false;  // the answer goes on, be it at once
  }

  Home& home_;
  Json sequence_;
  Json variables_;
  Context context_;
  std::function<void(ScriptEnd)> done_;
  std::size_t at_ = 0;
};

bool all_hold(Home& home, const Json& conditions) {
  return std::ranges::all_of(conditions.as_array(), [&](const Json& c) { return holds(home, c); });
}

bool any_holds(Home& home, const Json& conditions) {
  return std::ranges::any_of(conditions.as_array(), [&](const Json& c) { return holds(home, c); });
}

bool within(const Json& bounds, const Json& value) {
  double number = 0;
  try {
    number =
        value.is_number() ? value.as_double() : std::stod(value.get<std::string>().value_or(""));
  } catch (const std::exception&) {
    return false;  // what is no number lies within nothing
  }
  const auto above = bounds["above"].get<double>();
  const auto below = bounds["below"].get<double>();
  return (!above || number > *above) && (!below || number < *below);
}

bool state_holds(Home& home, const Json& condition, bool numeric) {
  const std::vector<std::string> ids = names_in(condition["entity_id"]);
  return !ids.empty() && std::ranges::all_of(ids, [&](const std::string& id) {
    const StatePtr& state = home.state(id);
    if (!state) return false;
    const auto attribute = condition["attribute"].get<std::string>();
    const Json value = attribute ? state->attributes()[*attribute] : Json(state->state());
    if (numeric) return within(condition, value);
    return value == condition["state"] || among(condition["state"], state->state());
  });
}

}  // namespace

void run_script(Home& home, const Json& sequence, const Json& variables, const Context& context,
                std::function<void(ScriptEnd)> done) {
  const Json steps = sequence.is_array() ? sequence : Json::array({sequence});
  std::make_shared<Run>(home, steps, variables.is_object() ? variables : Json::object(), context,
                        std::move(done))
      ->next();
}

bool holds(Home& home, const Json& condition) {
  if (condition.is_string())
    return render_template(home, condition.as_string()).native() == Json(true);
  if (condition.is_array()) return all_hold(home, condition);
  const std::string kind = condition["condition"].get<std::string>().value_or("");
  if (kind == "state") return state_holds(home, condition, false);
  if (kind == "numeric_state") return state_holds(home, condition, true);
  if (kind == "and") return all_hold(home, condition["conditions"]);
  if (kind == "or") return any_holds(home, condition["conditions"]);
  if (kind == "not") return !any_holds(home, condition["conditions"]);
  if (kind == "template") {
    return render_template(home, condition["value_template"].get<std::string>().value_or(""))
               .native() == Json(true);
  }
  throw CommandFailure{
      "invalid_format",
      fmt::format(
          "Invalid condition \"{}\" specified for dictionary value @ data['condition']. Got {}",
          kind, python_repr(condition)),
      {}};
}

TriggerWatch::TriggerWatch(Home& home, const Json& triggers, Fired fired)
    : home_(home), fired_(std::move(fired)), alive_(std::make_shared<bool>(true)) {
  const Json list = triggers.is_array() ? triggers : Json::array({triggers});
  for (std::size_t i = 0; i < list.size(); ++i) attach(list.at(i), std::to_string(i));
}

TriggerWatch::~TriggerWatch() {
  for (const std::uint64_t number : listeners_) home_.bus().forget(number);
}

void TriggerWatch::attach(const Json& trigger, const std::string& index) {
  const Json& named = trigger.contains("platform") ? trigger["platform"] : trigger["trigger"];
  const std::string platform = named.get<std::string>().value_or("");
  if (platform == "state" || platform == "numeric_state") {
    attach_state(trigger, index, platform == "numeric_state");
  } else if (platform == "event") {
    attach_event(trigger, index);
  } else {
    throw CommandFailure{
        "invalid_format",
        fmt::format("Invalid trigger '{}' specified for dictionary value @ data['trigger']. Got {}",
                    platform, python_repr(trigger)),
        {}};
  }
}

void TriggerWatch::attach_state(const Json& trigger, const std::string& index, bool numeric) {
  const auto fires = [trigger, numeric](const Event& event) {
    const StatePtr& before = event.before();
    const StatePtr& after = event.after();
    if (!after) return false;
    if (numeric) {
      const bool was = before && within(trigger, Json(before->state()));
      return !was && within(trigger, Json(after->state()));
    }
    const Json& from = trigger["from"];
    const Json& to = trigger["to"];
    const bool plain = from.is_null() && to.is_null();
    const bool moved = !before || before->state() != after->state();
    if (!moved && !plain) return false;
    if (!from.is_null() && (!before || !among(from, before->state()))) return false;
    return to.is_null() || among(to, after->state());
  };
  listeners_.push_back(home_.bus().listen("state_changed", [=, this](const EventPtr& event) {
    if (!among(trigger["entity_id"], event->entity_id()) || !fires(*event)) return;
    const auto state_json = [](const StatePtr& state) {
      return state ? json::parse(state->text()).value_or(Json()) : Json();
    };
    const std::string platform = numeric ? "numeric_state" : "state";
    Json told = Json::object({{"id", trigger["id"].is_string() ? trigger["id"] : Json(index)},
                              {"idx", index},
                              {"alias", trigger["alias"]},
                              {"platform", platform},
                              {"entity_id", event->entity_id()}});
    if (numeric) {
      told["below"] = trigger["below"];
      told["above"] = trigger["above"];
    }
    told["from_state"] = state_json(event->before());
    told["to_state"] = state_json(event->after());
    told["for"] = nullptr;
    if (!numeric) told["attribute"] = trigger["attribute"];
    told["description"] = (numeric ? "numeric state of " : "state of ") + event->entity_id();
    fire(std::move(told), event->context());
  }));
}

void TriggerWatch::attach_event(const Json& trigger, const std::string& index) {
  for (const std::string& type : names_in(trigger["event_type"])) {
    listeners_.push_back(home_.bus().listen(type, [=, this](const EventPtr& event) {
      const Json& wanted = trigger["event_data"];
      if (wanted.is_object()) {
        for (const auto& [key, value] : wanted.as_object()) {
          if (event->data()[key] != value) return;
        }
      }
      const Json full = json::parse(*event->text()).value_or(Json());
      fire(Json::object({{"id", trigger["id"].is_string() ? trigger["id"] : Json(index)},
                         {"idx", index},
                         {"alias", trigger["alias"]},
                         {"platform", "event"},
                         {"event", full},
                         {"description", "event '" + type + "'"}}),
           event->context());
    }));
  }
}

void TriggerWatch::fire(Json trigger, const Context& context) {
  Json variables = Json::object();
  variables["trigger"] = std::move(trigger);
  home_.soon(
      [this, alive = std::weak_ptr<bool>(alive_), variables = std::move(variables), context] {
        if (!alive.expired()) fired_(variables, context);
      });
}

void add_automation(Home& home, const std::string& entity_id, const Json& triggers,
                    const Json& actions) {
  const auto run = [&home, entity_id, actions](const Json& variables, const Context& cause) {
    if (home.state_text(entity_id) != "on") return;
    const Context context = home.make_context({}, cause.id);
    home.touch(entity_id, context);
    const Json& name = home.state(entity_id)->attributes()["friendly_name"];
    home.fire("automation_triggered",
              Json::object({{"name", name},
                            {"entity_id", entity_id},
                            {"source", variables["trigger"]["description"]}}),
              context);
    home.patch(entity_id, "on",
               Json::object({{"last_triggered", iso_text(home.now())}, {"current", 1}}));
    run_script(home, actions, variables, context, [&home, entity_id](const ScriptEnd&) {
      if (home.state(entity_id))
        home.patch(entity_id, std::nullopt, Json::object({{"current", 0}}));
    });
  };
  home.memory(entity_id)["actions"] = actions;
  home.keep(std::make_shared<TriggerWatch>(home, triggers, run));
}

void add_script(Home& home, const std::string& object_id, const std::string& name,
                const Json& sequence, std::vector<std::string> field_names) {
  const std::string entity_id = "script." + object_id;
  home.memory(entity_id)["sequence"] = sequence;
  std::vector<Field> fields;
  fields.reserve(field_names.size());
  for (std::string& field : field_names) fields.push_back({std::move(field), accept::anything()});
  home.services().add({.domain = "script",
                       .name = object_id,
                       .schema = Schema(std::move(fields), true),
                       .responds = Responds::kOptional,
                       .run =
                           [entity_id](Home& its_home, const ServiceCall& call) {
                             return start_script(its_home, entity_id, call.data, call.context);
                           },
                       .checked = false});
  if (home.state(entity_id)) return;
  home.write(entity_id, "off",
             Json::object({{"last_triggered", nullptr},
                           {"mode", "single"},
                           {"current", 0},
                           {"friendly_name", name}}));
}

Outcome start_script(Home& home, const std::string& entity_id, const Json& variables,
                     const Context& context) {
  if (!home.state(entity_id)) return {};
  home.touch(entity_id, context);
  const Json sequence = home.memory(entity_id)["sequence"];
  const Json name = home.state(entity_id)->attributes()["friendly_name"];
  home.fire("script_started", Json::object({{"name", name}, {"entity_id", entity_id}}), context);
  home.patch(entity_id, "on",
             Json::object({{"last_triggered", iso_text(home.now())}, {"current", 1}}));
  auto outcome = std::make_shared<ScriptEnd>();
  run_script(home, sequence.is_null() ? Json::array() : sequence, variables, context,
             [&home, entity_id, outcome](const ScriptEnd& end) {
               *outcome = end;
               if (home.state(entity_id)) {
                 home.patch(entity_id, "off", Json::object({{"current", 0}}));
               }
             });
  if (outcome->failure) throw CommandFailure(*outcome->failure);
  std::int64_t waits = 0;  // the caller hears of it when the last delay is over
  if (sequence.is_array()) {
    for (const Json& step : sequence.as_array()) {
      waits += seconds_from(step["delay"]).value_or(0);
    }
  }
  return {outcome->response.is_null() ? Json::object() : outcome->response,
          std::chrono::seconds(waits)};
}

void add_scene(Home& home, const std::string& entity_id, const std::string& name,
               const Json& entities) {
  Json states = entities;
  if (const auto wrong = accept::states()(states)) throw LogicError(*wrong, entity_id);
  Json ids = Json::array();
  for (const auto& [id, wanted] : std::as_const(states).as_object()) ids.push_back(id);
  home.memory(entity_id)["entities"] = std::move(states);
  if (home.state(entity_id)) return;
  const auto turned_on = std::as_const(home.memory(entity_id))["turned_on"].get<std::string>();
  home.write(entity_id, turned_on.value_or("unknown"),
             Json::object({{"entity_id", ids}, {"friendly_name", name}}));
}

}  // namespace hassette::sim
