#include "sim/registry.hpp"

#include <algorithm>
#include <array>
#include <hassette/entity_id.hpp>

#include "base/lower_case.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {

std::string id_key_of(std::string_view kind) {
  return kind == "entity" ? "entity_id" : std::string(kind) + "_id";
}

// Keys in Home Assistant's order, so that what is made here reads like what was recorded.
Json new_entry(std::string_view kind, double now) {
  if (kind == "area") {
    return Json::object({{"aliases", Json::array()},
                         {"area_id", ""},
                         {"floor_id", nullptr},
                         {"humidity_entity_id", nullptr},
                         {"icon", nullptr},
                         {"labels", Json::array()},
                         {"name", ""},
                         {"picture", nullptr},
                         {"temperature_entity_id", nullptr},
                         {"created_at", now},
                         {"modified_at", now}});
  }
  if (kind == "floor") {
    return Json::object({{"aliases", Json::array()},
                         {"created_at", now},
                         {"floor_id", ""},
                         {"icon", nullptr},
                         {"level", nullptr},
                         {"name", ""},
                         {"modified_at", now}});
  }
  return Json::object({{"color", nullptr},
                       {"created_at", now},
                       {"description", nullptr},
                       {"icon", nullptr},
                       {"label_id", ""},
                       {"name", ""},
                       {"modified_at", now}});
}

constexpr std::array<std::string_view, 9> kCapabilities = {
    "min_color_temp_kelvin", "max_color_temp_kelvin", "min_mireds", "max_mireds",  "effect_list",
    "supported_color_modes", "state_class",           "options",    "preset_modes"};

constexpr auto kReloadDelay = std::chrono::seconds(30);

bool is(const Json& value, std::string_view text) {
  return value.is_string() && value.as_string() == text;
}

}  // namespace

const Json& Registries::list(std::string_view kind) const {
  return const_cast<Registries*>(this)->entries_of(kind);
}

Json& Registries::entries_of(std::string_view kind) {
  if (kind == "entity") return entities_;
  if (kind == "device") return devices_;
  if (kind == "area") return areas_;
  return kind == "floor" ? floors_ : labels_;
}

void Registries::load(std::string_view kind, Json entries) {
  entries_of(kind) = std::move(entries);
}

Json* Registries::find(Json& entries, std::string_view key, std::string_view id) {
  for (Json& entry : entries.as_array()) {
    if (is(std::as_const(entry)[key], id)) return &entry;
  }
  return nullptr;
}

Json Registries::list_for_display() const {
  Json shown = Json::array();
  for (const Json& entry : entities_.as_array()) {
    if (!entry["disabled_by"].is_null()) continue;
    Json row = Json::object({{"ei", entry["entity_id"]}, {"pl", entry["platform"]}});
    const auto copy = [&](const char* to, const char* from) {
      if (!entry[from].is_null()) row[to] = entry[from];
    };
    copy("ai", "area_id");
    copy("lb", "labels");
    copy("di", "device_id");
    copy("ic", "icon");
    copy("tk", "translation_key");
    if (is(entry["entity_category"], "config")) row["ec"] = 0;
    if (is(entry["entity_category"], "diagnostic")) row["ec"] = 1;
    if (!entry["hidden_by"].is_null()) row["hb"] = true;
    if (entry["has_entity_name"] == Json(true)) row["hn"] = true;
    copy("en", entry["name"].is_null() ? "original_name" : "name");
    const Json& sensor = entry["options"]["sensor"];
    for (const char* key : {"display_precision", "suggested_display_precision"}) {
      if (!sensor[key].is_null() && !row.contains("dp")) row["dp"] = sensor[key];
    }
    shown.push_back(std::move(row));
  }
  return Json::object({{"entity_categories", Json::object({{"0", "config"}, {"1", "diagnostic"}})},
                       {"entities", std::move(shown)}});
}

void Registries::announce(std::string_view kind, std::string_view action, std::string_view id,
                          const Json& changes) {
  Json data = Json::object({{"action", action}});
  data[id_key_of(kind)] = id;
  if (!changes.is_null()) data["changes"] = changes;
  home_.fire(std::string(kind) + "_registry_updated", std::move(data), home_.make_context());
}

Json Registries::create(std::string_view kind, const Json& fields) {
  Json& entries = entries_of(kind);
  const std::string name = fields["name"].as_string();
  const std::string key = id_key_of(kind);
  for (const Json& entry : entries.as_array()) {
    if (base::lower_case(entry["name"].as_string()) != base::lower_case(name)) continue;
    throw CommandFailure{
        "invalid_info", "The name " + name + " (" + slugify(name) + ") is already in use", {}};
  }
  const std::string slug = slugify(name);
  std::string id = slug;
  for (int n = 2; find(entries, key, id); ++n) id = slug + '_' + std::to_string(n);
  Json entry = new_entry(kind, epoch_seconds(home_.now()));
  for (const auto& [field, value] : fields.as_object()) entry[field] = value;
  entry[key] = id;
  entries.push_back(entry);
  announce(kind, "create", id, {});
  return entry;
}

Json Registries::apply(Json& entry, const Json& fields, std::string_view id_key) {
  Json changes = Json::object();
  for (const auto& [field, value] : fields.as_object()) {
    if (field == id_key || entry[field] == value) continue;
    changes[field] = entry[field];
    entry[field] = value;
  }
  if (!changes.empty()) entry["modified_at"] = epoch_seconds(home_.now());
  return changes;
}

Json Registries::update(std::string_view kind, const Json& fields) {
  const std::string key = id_key_of(kind);
  const std::string id = fields[key].as_string();
  Json* entry = find(entries_of(kind), key, id);
  if (!entry) {
    std::string name(kind);
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    throw CommandFailure{"invalid_info", name + " ID doesn't exist", {}};
  }
  if (!apply(*entry, fields, key).empty()) announce(kind, "update", id, {});
  return *entry;
}

void Registries::remove(std::string_view kind, std::string_view id) {
  const std::string key = id_key_of(kind);
  Json& entries = entries_of(kind);
  if (!find(entries, key, id)) {
    std::string name(kind);
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    throw CommandFailure{"invalid_info", name + " ID doesn't exist", {}};
  }
  std::erase_if(entries.as_array(), [&](const Json& entry) { return is(entry[key], id); });
  // What pointed there points nowhere now.
  for (Json* registry : {&entities_, &devices_, &areas_}) {
    for (Json& entry : registry->as_array()) {
      const Json& before = entry;
      if (is(before[key], id)) entry[key] = nullptr;
      if (kind == "label" && before["labels"].is_array()) {
        std::erase_if(entry["labels"].as_array(), [&](const Json& label) { return is(label, id); });
      }
    }
  }
  announce(kind, "remove", id, {});
}

void Registries::add_entity(std::string_view entity_id, std::string_view platform, Json fields) {
  const double now = epoch_seconds(home_.now());
  Json entry = Json::object({{"area_id", nullptr},
                             {"categories", Json::object()},
                             {"config_entry_id", nullptr},
                             {"config_subentry_id", nullptr},
                             {"created_at", now},
                             {"device_id", nullptr},
                             {"disabled_by", nullptr},
                             {"entity_category", nullptr},
                             {"entity_id", entity_id},
                             {"has_entity_name", false},
                             {"hidden_by", nullptr},
                             {"icon", nullptr},
                             {"id", home_.ids().hex()},
                             {"labels", Json::array()},
                             {"modified_at", now},
                             {"name", nullptr},
                             {"options", Json::object()},
                             {"original_name", nullptr},
                             {"platform", platform},
                             {"translation_key", nullptr},
                             {"unique_id", entity_id.substr(entity_id.find('.') + 1)}});
  if (fields.is_object()) {
    for (auto& [key, value] : fields.as_object()) entry[key] = std::move(value);
  }
  entities_.push_back(std::move(entry));
  announce("entity", "create", entity_id, {});
}

void Registries::remove_entity(std::string_view entity_id) {
  if (!find_entity(entity_id)) throw CommandFailure{"not_found", "Entity not found", {}};
  std::erase_if(entities_.as_array(),
                [&](const Json& entry) { return is(entry["entity_id"], entity_id); });
  announce("entity", "remove", entity_id, {});
  home_.remove(entity_id, home_.make_context());
}

const Json* Registries::find_entity(std::string_view entity_id) const {
  return const_cast<Registries*>(this)->find(const_cast<Json&>(entities_), "entity_id", entity_id);
}

Json Registries::entity(std::string_view entity_id) const {
  const Json* entry = find_entity(entity_id);
  if (!entry) throw CommandFailure{"not_found", "Entity not found", {}};
  Json full = *entry;
  Json capabilities;
  const StatePtr& state = home_.state(entity_id);
  if (state) {
    for (const auto& [key, value] : state->attributes().as_object()) {
      if (std::ranges::find(kCapabilities, key) != kCapabilities.end()) capabilities[key] = value;
    }
  }
  const auto default_to = [&](const char* key, Json value) {
    if (!full.contains(key)) full[key] = std::move(value);
  };
  default_to("aliases", Json::array());
  default_to("capabilities", capabilities);
  default_to("device_class", nullptr);
  default_to("original_device_class", state ? state->attributes()["device_class"] : Json());
  default_to("original_icon", nullptr);
  return full;
}

void Registries::rename_entity(Json& entry, const std::string& new_id, Json& changes) {
  const std::string old_id = entry["entity_id"].as_string();
  if (new_id == old_id) return;
  if (!is_valid_entity_id(new_id) || EntityId(new_id).domain() != EntityId(old_id).domain()) {
    throw CommandFailure{"invalid_info", "New entity ID should be same domain", {}};
  }
  if (find_entity(new_id) || home_.state(new_id)) {
    throw CommandFailure{"invalid_info", "Entity with this ID is already registered", {}};
  }
  changes["entity_id"] = old_id;
  entry["entity_id"] = new_id;
}

Json Registries::update_entity(const Json& fields) {
  const std::string entity_id = fields["entity_id"].as_string();
  Json* entry = find(entities_, "entity_id", entity_id);
  if (!entry) throw CommandFailure{"not_found", "Entity not found", {}};
  Json wanted = fields;
  wanted.erase("new_entity_id");
  if (const auto domain = fields["options_domain"].get<std::string>()) {
    Json options = (*entry)["options"];
    options[*domain] = fields["options"];
    wanted.erase("options_domain");
    wanted["options"] = std::move(options);
  }
  Json renamed = Json::object();
  if (fields["new_entity_id"].is_string()) {
    rename_entity(*entry, fields["new_entity_id"].as_string(), renamed);
  }
  Json changes = apply(*entry, wanted, "entity_id");
  const std::string current = (*entry)["entity_id"].as_string();
  const StatePtr state = home_.state(entity_id);
  if (!renamed.empty()) {
    changes["entity_id"] = entity_id;
    home_.fire("entity_registry_updated",
               Json::object({{"action", "update"},
                             {"entity_id", current},
                             {"changes", changes},
                             {"old_entity_id", entity_id}}),
               home_.make_context());
    if (state) {
      home_.remove(entity_id, home_.make_context());
      home_.write(current, state->state(), state->attributes());
    }
  } else if (!changes.empty()) {
    announce("entity", "update", current, changes);
    if (state && (changes.contains("name") || changes.contains("icon"))) {
      Json shown;
      if (!wanted["name"].is_null()) shown["friendly_name"] = wanted["name"];
      if (!wanted["icon"].is_null()) shown["icon"] = wanted["icon"];
      home_.patch(current, std::nullopt, std::move(shown));
    }
    if (changes.contains("disabled_by")) return switched(current, state);
  }
  return Json::object({{"entity_entry", entity(current)}});
}

// An entity that is disabled has no state. Enabled again it comes back when its integration has
// been loaded anew.
Json Registries::switched(const std::string& entity_id, const StatePtr& state) {
  Json answer = Json::object({{"entity_entry", entity(entity_id)}});
  const std::string kept = "disabled " + entity_id;
  if (!(*find_entity(entity_id))["disabled_by"].is_null()) {
    if (!state) return answer;
    home_.memory(kept) =
        Json::object({{"state", state->state()}, {"attributes", state->attributes()}});
    home_.remove(entity_id, home_.make_context());
    return answer;
  }
  answer["reload_delay"] = kReloadDelay.count();
  home_.after(kReloadDelay, [this, entity_id, kept] {
    const Json* entry = find_entity(entity_id);
    const Json was = std::exchange(home_.memory(kept), Json());
    if (!entry || !(*entry)["disabled_by"].is_null() || !was.is_object()) return;
    home_.write(entity_id, was["state"].as_string(), was["attributes"]);
  });
  return answer;
}

void Registries::add_device(std::string id, std::string name, Json fields) {
  const double now = epoch_seconds(home_.now());
  Json entry = Json::object({{"area_id", nullptr},
                             {"configuration_url", nullptr},
                             {"config_entries", Json::array()},
                             {"config_entries_subentries", Json::object()},
                             {"connections", Json::array()},
                             {"created_at", now},
                             {"disabled_by", nullptr},
                             {"entry_type", nullptr},
                             {"hw_version", nullptr},
                             {"id", id},
                             {"identifiers", Json::array()},
                             {"labels", Json::array()},
                             {"manufacturer", nullptr},
                             {"model", nullptr},
                             {"model_id", nullptr},
                             {"modified_at", now},
                             {"name_by_user", nullptr},
                             {"name", std::move(name)},
                             {"primary_config_entry", nullptr},
                             {"serial_number", nullptr},
                             {"sw_version", nullptr},
                             {"via_device_id", nullptr}});
  if (fields.is_object()) {
    for (auto& [key, value] : fields.as_object()) entry[key] = std::move(value);
  }
  devices_.push_back(std::move(entry));
  announce("device", "create", id, {});
}

Json Registries::update_device(const Json& fields) {
  Json* entry = find(devices_, "id", fields["device_id"].as_string());
  if (!entry) throw CommandFailure{"not_found", "Device not found", {}};
  const Json changes = apply(*entry, fields, "device_id");
  if (!changes.empty()) announce("device", "update", fields["device_id"].as_string(), changes);
  return *entry;
}

}  // namespace hassette::sim
