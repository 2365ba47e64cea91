#include "sim/rest.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <hassette/entity_id.hpp>

#include "base/lower_case.hpp"
#include "json/parse.hpp"
#include "log/log.hpp"
#include "sim/home.hpp"
#include "sim/template.hpp"
#include "sim/template_values.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

using Done = std::function<void(RestAnswer)>;

RestAnswer json_answer(const Json& value, int status = 200) {
  return {status, "application/json", value.dump(), {}};
}
RestAnswer message(int status, std::string_view text) {
  return json_answer(Json::object({{"message", text}}), status);
}
RestAnswer plain(int status, std::string_view text) {
  return {status, "text/plain; charset=utf-8", std::string(text), {}};
}
RestAnswer in_trouble() {
  return plain(500, "500 Internal Server Error\n\nServer got itself in trouble");
}
RestAnswer unauthorized() {
  return plain(401, "401: Unauthorized");
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string digits(text.substr(i + 1, 2));
      out += static_cast<char>(std::strtol(digits.c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

struct Call {
  Home& home;
  std::string method;
  std::vector<std::string> path;  // behind /api/
  std::map<std::string, std::string, std::less<>> query;
  std::string body;
  std::string user_id;
  bool admin = false;

  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] std::optional<TimePoint> instant(std::string_view text) const {
    if (const auto moment = time::parse_iso8601(text)) return moment;
    return time::parse_iso8601(std::string(text) + "Z");
  }
};

void read_target(std::string_view target, Call& call) {
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  if (path.starts_with("/api/")) path.remove_prefix(5);
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    call.path.push_back(decoded(path.substr(0, slash)));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  if (mark == std::string_view::npos) return;
  std::string_view query = target.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    call.query[decoded(pair.substr(0, equals))] =
        decoded(pair.substr(std::min(equals + 1, pair.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

RestAnswer post_state(const Call& call, const std::string& entity_id) {
  const auto body = json::parse(call.body);
  if (!body) return message(400, "Invalid JSON specified.");
  if (!body->is_object()) return message(400, "State data should be a JSON object.");
  const Json& given = (*body)["state"];
  if (given.is_null()) return message(400, "No state specified.");
  if (!is_valid_entity_id(entity_id)) return message(400, "Invalid entity ID specified.");
  const std::string state = given.is_string() ? given.as_string() : python_repr(given);
  if (characters(state) > 255) return message(400, "Invalid state specified.");
  const Json& attributes = (*body)["attributes"];
  // For what is nothing to Python, such as false, Home Assistant takes an empty dictionary.
  if (!attributes.is_object() && truth(attributes)) return in_trouble();
  const bool existed = call.home.state(entity_id) != nullptr;
  if (!existed) call.home.transient().insert(entity_id);
  call.home.set(entity_id, state, (*body)["attributes"], call.home.make_context(call.user_id),
                (*body)["force_update"].get<bool>().value_or(false));
  RestAnswer answer{
      existed ? 200 : 201, "application/json", call.home.state(entity_id)->text(), {}};
  answer.location = "/api/states/" + entity_id;
  return answer;
}

RestAnswer states(const Call& call) {
  if (call.path.size() == 1) {
    std::string text = "[";
    call.home.states().for_each([&](const StatePtr& state) {
      if (text.size() > 1) text += ',';
      text += state->text();
    });
    return {200, "application/json", text + ']', {}};
  }
  std::string entity_id = call.path[1];
  if (call.method == "GET") {
    const StatePtr& state = call.home.state(entity_id);
    if (!state) return message(404, "Entity not found.");
    return {200, "application/json", state->text(), {}};
  }
  if (!call.admin) return unauthorized();
  if (call.method == "DELETE") {
    const bool removed = call.home.remove(entity_id, call.home.make_context(call.user_id));
    return removed ? message(200, "Entity removed.") : message(404, "Entity not found.");
  }
  return post_state(call, base::lower_case(entity_id));
}

RestAnswer events(const Call& call) {
  if (call.path.size() == 1) return json_answer(call.home.bus().listener_counts());
  if (!call.admin) return unauthorized();
  Json data = Json::object();
  if (!call.body.empty()) {
    const auto body = json::parse(call.body);
    if (!body) return message(400, "Event data should be valid JSON.");
    if (!body->is_object()) return message(400, "Event data should be a JSON object");
    data = *body;
  }
  call.home.fire(call.path[1], std::move(data), call.home.make_context(call.user_id), true);
  return message(200, "Event " + call.path[1] + " fired.");
}

// Whatever stands in the body reaches the service; states that changed with its context are told.
void services(const Call& call, Done done) {
  if (call.path.size() < 3) {
    done(json_answer(call.home.services().rest_list()));
    return;
  }
  ServiceCall service;
  service.domain = call.path[1];
  service.service = call.path[2];
  service.return_response = call.query.contains("return_response");
  if (!call.body.empty()) {
    const auto body = json::parse(call.body);
    if (!body || !body->is_object()) {
      done(message(400, "Data should be valid JSON."));
      return;
    }
    service.data = *body;
  }
  service.context = call.home.make_context(call.user_id);
  const auto changed = std::make_shared<Json>(Json::array());
  EventBus& bus = call.home.bus();
  const std::uint64_t listener =
      bus.listen("state_changed", [changed, context = service.context](const EventPtr& event) {
        if (!(event->context() == context) || !event->after()) return;
        changed->push_back(json::parse(event->after()->text()).value_or(Json()));
      });
  const bool answers = service.return_response;
  call.home.call(
      std::move(service), [=, &bus, done = std::move(done)](const ServiceResult& result) {
        bus.forget(listener);
        if (result.failure) {
          const std::string& code = result.failure->code;
          if (code == "service_validation_error") {
            done(message(400, result.failure->message));
          } else if (code == "home_assistant_error") {
            done(in_trouble());
          } else {
            done(plain(400, "400: Bad Request"));
          }
        } else if (answers) {
          done(json_answer(
              Json::object({{"changed_states", *changed}, {"service_response", result.response}})));
        } else {
          done(json_answer(*changed));
        }
      });
}

RestAnswer templates(const Call& call) {
  if (!call.admin) return unauthorized();
  const auto body = json::parse(call.body);
  if (!body) {
    const std::size_t at = call.body.starts_with('{') ? 2 : 1;
    return message(400, fmt::format("Error rendering template: unexpected character: line 1 column "
                                    "{} (char {})",
                                    at, at - 1));
  }
  const auto source = (*body)["template"].get<std::string>();
  if (!source) return in_trouble();
  try {
    return plain(200, render_template(call.home, *source, (*body)["variables"]).text);
  } catch (const TemplateFailure& failure) {
    return message(400, "Error rendering template: " + failure.text());
  }
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

// The span that the path and `end_time` name; nothing where the path is no time.
std::optional<std::pair<TimePoint, TimePoint>> span(const Call& call, std::size_t at) {
  constexpr auto kDay = std::chrono::hours(24);
  TimePoint start = call.home.now() - kDay;
  if (call.path.size() > at) {
    const auto given = call.instant(call.path[at]);
    if (!given) return std::nullopt;
    start = *given;
  }
  const auto text = call.parameter("end_time");
  const auto end = text ? call.instant(*text) : std::nullopt;
  return std::pair(start, end.value_or(start + kDay));
}

RestAnswer history(const Call& call) {
  const auto filter = call.parameter("filter_entity_id");
  if (!filter || filter->empty()) return message(400, "filter_entity_id is missing");
  const auto when = span(call, 2);
  if (!when) return message(400, "Invalid datetime");
  HistoryRequest request;
  request.start = when->first;
  request.end = when->second;
  request.entity_ids = split(*filter);
  for (const std::string& entity_id : request.entity_ids) {
    if (!is_valid_entity_id(entity_id)) return message(400, "Invalid filter_entity_id");
  }
  request.minimal = call.query.contains("minimal_response");
  request.no_attributes = call.query.contains("no_attributes");
  request.start_state = !call.query.contains("skip_initial_state");
  request.significant_only = call.parameter("significant_changes_only").value_or("1") != "0";
  return json_answer(call.home.recorder().rest_history(request));
}

RestAnswer logbook(const Call& call) {
  const auto when = span(call, 1);
  if (!when) return message(400, "Invalid datetime");
  return json_answer(call.home.recorder().logbook(when->first, when->second,
                                                  split(call.parameter("entity").value_or("")),
                                                  call.parameter("context_id").value_or(""), true));
}

RestAnswer calendars(const Call& call) {
  if (call.path.size() == 1) {
    Json list = Json::array();
    call.home.states().for_each([&](const StatePtr& state) {
      if (state->domain() != "calendar") return;
      list.push_back(Json::object(
          {{"name", state->attributes()["friendly_name"]}, {"entity_id", state->entity_id()}}));
    });
    return json_answer(list);
  }
  const StatePtr& calendar = call.home.state(call.path[1]);
  if (!calendar) return plain(404, "404: Not Found");
  if (!call.query.contains("start") || !call.query.contains("end")) {
    return plain(400, "400: Bad Request");
  }
  Json list = Json::array();
  if (const auto event = calendar_event(call.home, *calendar)) {
    const Json& shown = calendar->attributes();
    list.push_back(Json::object({{"start", Json::object({{"dateTime", event->start}})},
                                 {"end", Json::object({{"dateTime", event->end}})},
                                 {"summary", shown["message"]},
                                 {"description", shown["description"]},
                                 {"location", shown["location"]},
                                 {"uid", nullptr},
                                 {"recurrence_id", nullptr},
                                 {"rrule", nullptr}}));
  }
  return json_answer(list);
}

RestAnswer core_state(const Call& call) {
  return json_answer(Json::object(
      {{"state", call.home.phase()},
       {"recorder_state",
        Json::object({{"migration_in_progress", false}, {"migration_is_live", false}})}}));
}

RestAnswer picture(const Call& call) {
  if (call.path.size() < 2 || !call.home.state(call.path[1])) return plain(404, "404: Not Found");
  // The smallest thing that is a JPEG: start and end of an image.
  return {200, "image/jpg", "\xFF\xD8\xFF\xD9", {}};
}

RestAnswer simple(const Call& call) {
  const std::string first = call.path.empty() ? "" : call.path[0];
  if (first.empty()) return message(200, "API running.");
  if (first == "config" && call.path.size() == 1) return json_answer(call.home.config());
  if (first == "components") return json_answer(call.home.config()["components"]);
  if (first == "core" && call.path.size() == 2 && call.path[1] == "state") return core_state(call);
  if (first == "states") return states(call);
  if (first == "events") return events(call);
  if (first == "template" && call.method == "POST") return templates(call);
  if (first == "history" && call.path.size() > 1 && call.path[1] == "period") return history(call);
  if (first == "logbook") return logbook(call);
  if (first == "calendars") return calendars(call);
  if (first == "camera_proxy") return picture(call);
  if (first == "error_log") {
    return call.admin ? RestAnswer{200, "application/octet-stream", "", {}} : unauthorized();
  }
  if (call.method == "POST" &&
      call.path == std::vector<std::string>{"config", "core", "check_config"}) {
    if (!call.admin) return unauthorized();
    return json_answer(
        Json::object({{"result", "valid"}, {"errors", nullptr}, {"warnings", nullptr}}));
  }
  return plain(404, "404: Not Found");
}

RestAnswer answer(const Call& call) {
  try {
    return simple(call);
  } catch (const std::exception& error) {
    // Who asked for something else goes on being served.
    log::error("the simulated home: {} of {} failed: {}", call.method, fmt::join(call.path, "/"),
               error.what());
    return in_trouble();
  }
}

}  // namespace

void answer_rest(Home& home, const Access& access, const RestRequest& request,
                 std::function<void(RestAnswer)> done) {
  Call call{home, request.method, {}, {}, request.body, {}, false};
  if (!request.target.starts_with("/api/")) {
    done(plain(404, "404: Not Found"));
    return;
  }
  read_target(request.target, call);
  constexpr std::string_view kBearer = "Bearer ";
  const std::string token = request.authorization.starts_with(kBearer)
                                ? request.authorization.substr(kBearer.size())
                                : "";
  call.admin = token == access.token;
  const bool plain_user = !access.plain_token.empty() && token == access.plain_token;
  if (access.refuse_all || token.empty() || (!call.admin && !plain_user)) {
    done(unauthorized());
    return;
  }
  call.user_id = call.admin ? kOwnerUser : kPlainUser;
  if (!call.path.empty() && call.path[0] == "services") {
    services(call, std::move(done));
  } else {
    done(answer(call));
  }
}

}  // namespace hassette::sim
