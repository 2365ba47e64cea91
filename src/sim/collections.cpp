#include "sim/collections.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

constexpr std::array<std::string_view, 8> kDomains = {
    "input_boolean",  "input_number", "input_text", "input_select",
    "input_datetime", "input_button", "counter",    "timer"};

Check not_empty() {
  return [text = accept::text()](Json& value) -> std::optional<std::string> {
    if (auto wrong = text(value)) return wrong;
    if (value.as_string().empty()) return "length of value must be at least 1";
    return std::nullopt;
  };
}

Check duration() {
  return [](Json& value) -> std::optional<std::string> {
    const auto seconds = seconds_from(value);
    if (!seconds)
      return "offset " + python_repr(value) +
             " should be format 'HH:MM', 'HH:MM:SS' or 'HH:MM:SS.F'";
    value = duration_text(*seconds);
    return std::nullopt;
  };
}

Schema schema_of(std::string_view domain) {
  std::vector<Field> fields = {{"name", not_empty(), true}, {"icon", accept::text()}};
  const auto add = [&](std::string name, Check check, bool required = false) {
    fields.push_back({std::move(name), std::move(check), required});
  };
  if (domain == "input_boolean") {
    add("initial", accept::boolean());
  } else if (domain == "input_number") {
    add("min", accept::number(), true);
    add("max", accept::number(), true);
    add("initial", accept::number());
    add("step", accept::number_within(1e-9, 1e300));
    add("unit_of_measurement", accept::text());
    add("mode", accept::one_of({"box", "slider"}));
  } else if (domain == "input_text") {
    add("min", accept::integer_within(0, 255));
    add("max", accept::integer_within(1, 255));
    add("initial", accept::text());
    add("pattern", accept::text());
    add("unit_of_measurement", accept::text());
    add("mode", accept::one_of({"text", "password"}));
  } else if (domain == "input_select") {
    add("options", accept::list(), true);
    add("initial", accept::text());
  } else if (domain == "input_datetime") {
    add("has_date", accept::boolean());
    add("has_time", accept::boolean());
    add("initial", accept::text());
  } else if (domain == "counter") {
    add("initial", accept::integer_within(0, INT64_MAX));
    add("step", accept::integer_within(1, INT64_MAX));
    add("minimum", accept::nullable(accept::integer()));
    add("maximum", accept::nullable(accept::integer()));
    add("restore", accept::boolean());
  } else if (domain == "timer") {
    add("duration", duration());
    add("restore", accept::boolean());
  }
  return Schema(std::move(fields));
}

void add_defaults(std::string_view domain, Json& item) {
  const auto default_to = [&](const char* key, Json value) {
    if (!item.contains(key)) item[key] = std::move(value);
  };
  if (domain == "input_number") {
    default_to("step", 1.0);
    default_to("mode", "slider");
  } else if (domain == "input_text") {
    default_to("min", 0);
    default_to("max", 100);
    default_to("mode", "text");
  } else if (domain == "input_datetime") {
    default_to("has_date", false);
    default_to("has_time", false);
  } else if (domain == "counter") {
    default_to("initial", 0);
    default_to("step", 1);
    default_to("restore", true);
    default_to("maximum", nullptr);
    default_to("minimum", nullptr);
  } else if (domain == "timer") {
    default_to("duration", "0:00:00");
    default_to("restore", false);
  }
}

// What no single field shows to be wrong.
std::string contradiction(std::string_view domain, const Json& item) {
  if (domain == "input_number") {
    const double low = item["min"].as_double();
    const double high = item["max"].as_double();
    if (low >= high) {  // worded with the numbers the wrong way round, as Home Assistant has it
      return fmt::format("Maximum ({}) is not greater than minimum ({})", float_text(low),
                         float_text(high));
    }
    const auto initial = item["initial"].get<double>();
    if (initial && (*initial < low || *initial > high)) {
      return fmt::format("Initial value {} not in range {}-{}", float_text(*initial),
                         float_text(low), float_text(high));
    }
  } else if (domain == "input_text") {
    const auto low = item["min"].as_int();
    const auto high = item["max"].as_int();
    if (low > high) {
      return fmt::format("Max len ({}) is not greater than min len ({})", low, high);
    }
    const auto initial = item["initial"].get<std::string>();
    const auto length = static_cast<std::int64_t>(initial ? characters(*initial) : 0);
    if (initial && (length < low || length > high)) {
      return fmt::format("Initial value {} length not in range {}-{}", *initial, low, high);
    }
  } else if (domain == "input_select") {
    const Json& options = item["options"];
    if (options.empty())
      return "length of value must be at least 1 for dictionary value @ data['options']";
    for (std::size_t i = 0; i < options.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (options.at(i) == options.at(k)) return "Duplicate options are not allowed";
      }
    }
    const auto is_initial = [&](const Json& option) { return option == item["initial"]; };
    if (item.contains("initial") && std::ranges::none_of(options.as_array(), is_initial)) {
      return fmt::format("initial state {} is not part of the options: {}",
                         item["initial"].as_string(), python_repr(options));
    }
  } else if (domain == "input_datetime") {
    if (item["has_date"] == Json(false) && item["has_time"] == Json(false)) {
      return "Entity needs at least a date or a time";
    }
  }
  return {};
}

}  // namespace

bool Collections::covers(std::string_view domain) {
  return std::ranges::find(kDomains, domain) != kDomains.end();
}

Json Collections::list(std::string_view domain) const {
  const auto found = items_.find(domain);
  return found == items_.end() ? Json::array() : found->second;
}

Json Collections::checked(const std::string& domain, Json fields) const {
  if (!fields.is_object()) fields = Json::object();
  const std::vector<Problem> problems = schema_of(domain).check(fields);
  if (!problems.empty()) throw CommandFailure{"invalid_format", describe(problems), {}};
  add_defaults(domain, fields);
  if (std::string wrong = contradiction(domain, fields); !wrong.empty()) {
    throw CommandFailure{"invalid_format", std::move(wrong), {}};
  }
  return fields;
}

Json* Collections::find(std::string_view domain, std::string_view id) {
  const auto found = items_.find(domain);
  if (found == items_.end()) return nullptr;
  for (Json& item : found->second.as_array()) {
    if (std::as_const(item)["id"] == Json(id)) return &item;
  }
  return nullptr;
}

void Collections::throw_unknown(const std::string& domain, const std::string& id) {
  throw CommandFailure{"not_found", fmt::format("Unable to find {}_id {}", domain, id), {}};
}

Json Collections::create(const std::string& domain, Json fields) {
  fields = checked(domain, std::move(fields));
  const std::string slug = slugify(fields["name"].as_string());
  std::string id = slug;
  for (int n = 2; find(domain, id); ++n) id = fmt::format("{}_{}", slug, n);
  Json item = Json::object({{"id", id}, {"name", fields["name"]}});
  for (const auto& [key, value] : fields.as_object()) item[key] = value;
  items_.try_emplace(domain, Json::array()).first->second.push_back(item);

  const std::string wanted = fmt::format("{}.{}", domain, id);
  std::string entity_id = wanted;
  for (int n = 2; home_.state(entity_id); ++n) entity_id = fmt::format("{}_{}", wanted, n);
  home_.registries().add_entity(entity_id, domain,
                                Json::object({{"original_name", item["name"]}, {"unique_id", id}}));
  home_.add_entity(entity_id, helper_state(home_, domain, item),
                   helper_attributes(domain, item, true), domain == "timer");
  return item;
}

Json Collections::update(const std::string& domain, Json fields) {
  const std::string id_key = domain + "_id";
  const std::string id = fields[id_key].get<std::string>().value_or("");
  fields.erase(id_key);
  fields = checked(domain, std::move(fields));
  Json* item = find(domain, id);
  if (!item) throw_unknown(domain, id);
  Json replaced = Json::object({{"id", id}, {"name", fields["name"]}});
  for (const auto& [key, value] : fields.as_object()) replaced[key] = value;
  *item = replaced;
  const std::string entity_id = domain + '.' + id;
  if (const StatePtr state = home_.state(entity_id)) {
    Json attributes = helper_attributes(domain, replaced, true);
    home_.set(entity_id, state->state(), std::move(attributes), home_.make_context());
  }
  return replaced;
}

void Collections::remove(const std::string& domain, const std::string& id) {
  if (!find(domain, id)) throw_unknown(domain, id);
  std::erase_if(items_.find(domain)->second.as_array(),
                [&](const Json& item) { return item["id"] == Json(id); });
  const std::string entity_id = domain + '.' + id;
  if (home_.registries().find_entity(entity_id)) {
    home_.registries().remove_entity(entity_id);
  } else {
    home_.remove(entity_id, home_.make_context());
  }
}

Json helper_attributes(std::string_view domain, const Json& item, bool editable) {
  Json shown = Json::object();
  const auto copy = [&](const char* key) { shown[key] = item[key]; };
  if (domain == "input_number" || domain == "counter") {
    if (domain == "input_number") copy("initial");
    shown["editable"] = editable;
  } else if (domain == "timer") {
    copy("duration");
    shown["editable"] = editable;
    if (item["restore"] == Json(true)) shown["restore"] = true;
  } else if (domain == "input_select") {
    copy("options");
    shown["editable"] = editable;
  } else if (domain == "input_datetime") {
    copy("has_date");
    copy("has_time");
    shown["editable"] = editable;
  } else {
    shown["editable"] = editable;
  }
  if (domain == "input_number") {
    for (const char* key : {"min", "max", "step", "mode"}) copy(key);
  } else if (domain == "counter") {
    copy("initial");
    copy("step");
    for (const char* key : {"minimum", "maximum"}) {
      if (!item[key].is_null()) copy(key);
    }
  } else if (domain == "input_text") {
    for (const char* key : {"min", "max", "pattern", "mode"}) copy(key);
  }
  for (const char* key : {"unit_of_measurement", "icon"}) {
    if (!item[key].is_null()) copy(key);
  }
  shown["friendly_name"] = item["name"];
  return shown;
}

std::string helper_state(Home& home, std::string_view domain, const Json& item) {
  const Json& initial = item["initial"];
  if (domain == "input_boolean") return initial == Json(true) ? "on" : "off";
  if (domain == "input_number") {
    return float_text((initial.is_number() ? initial : item["min"]).as_double());
  }
  if (domain == "input_select") {
    return initial.is_string() ? initial.as_string() : item["options"].at(0).as_string();
  }
  if (domain == "counter") return std::to_string(initial.get<std::int64_t>().value_or(0));
  if (domain == "timer") return "idle";
  if (domain == "input_datetime") {
    if (initial.is_string()) return initial.as_string();
    const LocalTime local = home.zone().to_local(home.now());
    const std::string date = fmt::format("{:04}-{:02}-{:02}", local.year, local.month, local.day);
    if (item["has_date"] == Json(false)) return "00:00:00";
    return item["has_time"] == Json(true) ? date + " 00:00:00" : date;
  }
  return initial.is_string() ? initial.as_string() : "unknown";
}

Json datetime_attributes(Home& home, std::string_view state, bool date, bool time) {
  Json shown = Json::object();
  const auto part = [&](std::size_t at, std::size_t length) {
    return std::atoi(std::string(state.substr(std::min(at, state.size()), length)).c_str());
  };
  const std::size_t clock = date ? 11 : 0;
  Date day = std::chrono::year(1970) / 1 / 1;
  if (date) {
    day = std::chrono::year(part(0, 4)) / part(5, 2) / part(8, 2);
    shown["year"] = part(0, 4);
    shown["month"] = part(5, 2);
    shown["day"] = part(8, 2);
  }
  std::chrono::seconds since_midnight{0};
  if (time) {
    shown["hour"] = part(clock, 2);
    shown["minute"] = part(clock + 3, 2);
    shown["second"] = part(clock + 6, 2);
    since_midnight =
        std::chrono::seconds(part(clock, 2) * 3600 + part(clock + 3, 2) * 60 + part(clock + 6, 2));
  }
  if (date) {
    shown["timestamp"] =
        epoch_seconds(home.zone().resolve(day, TimeOfDay::from_midnight(since_midnight)));
  } else {
    shown["timestamp"] = since_midnight.count();
  }
  return shown;
}

}  // namespace hassette::sim
