// Commands that go on: entity subscriptions, triggers, templates; conditions and scripts beside
// them.
#include <algorithm>
#include <memory>
#include <set>

#include "base/glob.hpp"
#include "sim/command.hpp"
#include "sim/home.hpp"
#include "sim/script.hpp"
#include "sim/template.hpp"

namespace hassette::sim {

namespace {

// Which entities a subscription is about.
class EntityFilter {
 public:
  explicit EntityFilter(const Json& message)
      : ids_(names(message["entity_ids"])),
        include_(message["include"]),
        exclude_(message["exclude"]) {}

  bool passes(const std::string& entity_id) const {
    if (!ids_.empty()) return ids_.contains(entity_id);
    if (include_.is_object() && !matches(include_, entity_id)) return false;
    return !exclude_.is_object() || !matches(exclude_, entity_id);
  }

 private:
  static std::set<std::string> names(const Json& list) {
    std::set<std::string> found;
    if (list.is_string()) found.insert(list.as_string());
    for (std::size_t i = 0; i < list.size(); ++i) {
      found.insert(list.at(i).get<std::string>().value_or(""));
    }
    return found;
  }
  static bool any(const Json& list, const std::string& text) {
    return list.is_array() &&
           std::ranges::find(list.as_array(), Json(text)) != list.as_array().end();
  }
  static bool matches(const Json& rules, const std::string& entity_id) {
    if (any(rules["domains"], entity_id.substr(0, entity_id.find('.')))) return true;
    if (any(rules["entities"], entity_id)) return true;
    const Json& globs = rules["entity_globs"];
    return globs.is_array() && std::ranges::any_of(globs.as_array(), [&](const Json& glob) {
             return base::glob_match(glob.get<std::string>().value_or(""), entity_id);
           });
  }

  std::set<std::string> ids_;
  Json include_;
  Json exclude_;
};

void subscribe_entities(Session& session, std::uint64_t id, const Json& message) {
  const auto filter = std::make_shared<const EntityFilter>(message);
  Home& home = session.home();
  EventBus& bus = home.bus();
  const std::uint64_t listener =
      bus.listen("state_changed", [&session, id, filter](const EventPtr& event) {
        if (filter->passes(event->entity_id())) session.send_event(id, event->compressed_text());
      });
  session.subscribed(id, [&bus, listener] { bus.forget(listener); });
  session.answer(id, nullptr);
  std::string snapshot = R"({"a":{)";
  home.states().for_each([&](const StatePtr& state) {
    if (!filter->passes(state->entity_id())) return;
    if (snapshot.back() != '{') snapshot += ',';
    snapshot += '"' + state->entity_id() + R"(":)" + state->compressed_text();
  });
  snapshot += "}}";
  session.send_own_event(id, snapshot);
}

void subscribe_trigger(Session& session, std::uint64_t id, const Json& message) {
  auto watch =
      std::make_shared<TriggerWatch>(session.home(), message["trigger"],
                                     [&session, id](const Json& variables, const Context& context) {
                                       Json event = Json::object();
                                       event["variables"] = variables;
                                       event["context"] = to_json(context);
                                       session.send_own_event(id, event.dump());
                                     });
  session.subscribed(id, [watch]() mutable { watch.reset(); });
  session.answer(id, nullptr);
}

// A rendered template that is rendered again whenever an entity that it looked at changes.
class LiveTemplate {
 public:
  LiveTemplate(Session& session, std::uint64_t id, const Json& message)
      : session_(session),
        id_(id),
        source_(message["template"].as_string()),
        variables_(message["variables"]),
        report_errors_(message["report_errors"].get<bool>().value_or(false)) {
    listener_ = session.home().bus().listen("state_changed", [this](const EventPtr& event) {
      const bool touched =
          last_.all || last_.entities.contains(event->entity_id()) ||
          last_.domains.contains(event->entity_id().substr(0, event->entity_id().find('.')));
      if (touched && !std::exchange(due_, true)) schedule();
    });
  }
  LiveTemplate(const LiveTemplate&) = delete;
  LiveTemplate& operator=(const LiveTemplate&) = delete;
  ~LiveTemplate() { session_.home().bus().forget(listener_); }

  // False where it could not be rendered.
  bool render(bool always) {
    try {
      Rendered rendered = render_template(session_.home(), source_, variables_);
      const bool changed = always || rendered.text != last_.text;
      last_ = std::move(rendered);
      if (changed) {
        Json event = Json::object();
        event["result"] = last_.native();
        event["listeners"] = last_.listeners();
        session_.send_own_event(id_, event.dump());
      }
      return true;
    } catch (const TemplateFailure& failure) {
      report(failure);
      return false;
    }
  }

  void report(const TemplateFailure& failure) {
    if (!report_errors_) return;  // silence, possibly for ever
    session_.send_own_event(id_,
                            Json::object({{"error", failure.text()}, {"level", "ERROR"}}).dump());
  }

 private:
  void schedule() {
    session_.home().soon([this, alive = std::weak_ptr<bool>(alive_)] {
      if (alive.expired()) return;
      due_ = false;
      render(false);
    });
  }

  Session& session_;
  std::uint64_t id_;
  std::string source_;
  Json variables_;
  bool report_errors_;
  bool due_ = false;
  std::uint64_t listener_ = 0;
  Rendered last_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

void render(Session& session, std::uint64_t id, const Json& message) {
  auto live = std::make_shared<LiveTemplate>(session, id, message);
  // Home Assistant renders once before it answers, and reports an error of that, too.
  try {
    static_cast<void>(
        render_template(session.home(), message["template"].as_string(), message["variables"]));
  } catch (const TemplateFailure& failure) {
    live->report(failure);
  }
  session.subscribed(id, [live]() mutable { live.reset(); });
  session.answer(id, nullptr);
  live->render(true);
}

void test_condition(Session& session, std::uint64_t id, const Json& message) {
  session.answer(id, Json::object({{"result", holds(session.home(), message["condition"])}}));
}

void execute_script(Session& session, std::uint64_t id, const Json& message) {
  const Context context = session.home().make_context(session.user_id());
  run_script(session.home(), message["sequence"], message["variables"], context,
             [&session, alive = session.alive(), id, context](const ScriptEnd& end) {
               if (alive.expired()) return;
               if (end.failure) {
                 CommandFailure failure = *end.failure;
                 // A call inside a script that finds nothing is the script's failure.
                 if (failure.code == "not_found") failure.code = "home_assistant_error";
                 session.refuse(id, failure);
                 return;
               }
               Json answer = Json::object();
               answer["context"] = to_json(context);
               answer["response"] = end.response;
               session.answer(id, answer);
             });
}

Json validity(const std::function<void()>& check) {
  try {
    check();
  } catch (const CommandFailure& failure) {
    return Json::object({{"valid", false}, {"error", failure.message}});
  }
  return Json::object({{"valid", true}, {"error", nullptr}});
}

void validate_config(Session& session, std::uint64_t id, const Json& message) {
  Home& home = session.home();
  Json answer = Json::object();
  if (message.contains("triggers")) {
    answer["triggers"] = validity([&] {
      const TriggerWatch watch(home, message["triggers"], [](const Json&, const Context&) {});
    });
  }
  if (message.contains("conditions")) {
    answer["conditions"] = validity([&] { static_cast<void>(holds(home, message["conditions"])); });
  }
  if (message.contains("actions")) answer["actions"] = validity([] {});
  session.answer(id, answer);
}

}  // namespace

void add_live_commands(CommandTable& table) {
  table.add("subscribe_entities",
            {{"entity_ids", accept::list()},
             {"include", accept::object()},
             {"exclude", accept::object()}},
            subscribe_entities);
  table.add_for_admin("subscribe_trigger",
                      {{"trigger", accept::anything(), true}, {"variables", accept::object()}},
                      subscribe_trigger);
  table.add("render_template",
            {{"template", accept::strict_text(), true},
             {"entity_ids", accept::list()},
             {"variables", accept::object()},
             {"timeout", accept::number()},
             {"strict", accept::strict_boolean()},
             {"report_errors", accept::strict_boolean()}},
            render);
  table.add_for_admin("test_condition",
                      {{"condition", accept::anything(), true}, {"variables", accept::object()}},
                      test_condition);
  table.add_for_admin("execute_script",
                      {{"sequence", accept::anything(), true}, {"variables", accept::object()}},
                      execute_script);
  table.add("validate_config",
            {{"triggers", accept::anything()},
             {"conditions", accept::anything()},
             {"actions", accept::anything()}},
            validate_config);
}

}  // namespace hassette::sim
