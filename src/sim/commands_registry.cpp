// The registries and the helpers that a user makes.
#include "sim/command.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {

using Fields = std::vector<Field>;

Check text_or_null() {
  return accept::nullable(accept::strict_text());
}

Fields fields_of(std::string_view kind) {
  Fields fields = {{"icon", text_or_null()}};
  const auto add = [&](const char* name, Check check) {
    fields.push_back({name, std::move(check)});
  };
  if (kind == "area") {
    add("aliases", accept::strict_list());
    add("floor_id", text_or_null());
    add("humidity_entity_id", text_or_null());
    add("labels", accept::strict_list());
    add("picture", text_or_null());
    add("temperature_entity_id", text_or_null());
  } else if (kind == "floor") {
    add("aliases", accept::strict_list());
    add("level", accept::nullable(accept::strict_integer()));
  } else {
    add("color", text_or_null());
    add("description", text_or_null());
  }
  return fields;
}

void add_named_registry(CommandTable& table, const std::string& kind) {
  const std::string prefix = "config/" + kind + "_registry/";
  const std::string id_key = kind + "_id";
  table.add(prefix + "list", {}, [kind](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().registries().list(kind));
  });
  Fields create = fields_of(kind);
  create.push_back({"name", accept::strict_text(), true});
  table.add_for_admin(prefix + "create", create,
                      [kind](Session& session, std::uint64_t id, const Json& message) {
                        session.answer(id, session.home().registries().create(kind, message));
                      });
  Fields update = fields_of(kind);
  update.push_back({"name", accept::strict_text()});
  update.push_back({id_key, accept::strict_text(), true});
  table.add_for_admin(prefix + "update", update,
                      [kind](Session& session, std::uint64_t id, const Json& message) {
                        session.answer(id, session.home().registries().update(kind, message));
                      });
  table.add_for_admin(prefix + "delete", {{id_key, accept::strict_text(), true}},
                      [kind, id_key](Session& session, std::uint64_t id, const Json& message) {
                        session.home().registries().remove(kind, message[id_key].as_string());
                        session.answer(id, "success");
                      });
}

void add_entity_registry(CommandTable& table) {
  const std::string prefix = "config/entity_registry/";
  table.add(prefix + "list", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().registries().list("entity"));
  });
  table.add(prefix + "list_for_display", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().registries().list_for_display());
  });
  table.add(prefix + "get", {{"entity_id", accept::strict_text(), true}},
            [](Session& session, std::uint64_t id, const Json& message) {
              session.answer(id,
                             session.home().registries().entity(message["entity_id"].as_string()));
            });
  table.add(prefix + "get_entries", {{"entity_ids", accept::list(), true}},
            [](Session& session, std::uint64_t id, const Json& message) {
              const Registries& registries = session.home().registries();
              Json entries = Json::object();
              for (const Json& item : message["entity_ids"].as_array()) {
                const std::string entity_id = item.get<std::string>().value_or("");
                entries[entity_id] =
                    registries.find_entity(entity_id) ? registries.entity(entity_id) : Json();
              }
              session.answer(id, entries);
            });
  table.add_for_admin(prefix + "update",
                      {{"entity_id", accept::strict_text(), true},
                       {"aliases", accept::strict_list()},
                       {"area_id", text_or_null()},
                       {"categories", accept::object()},
                       {"device_class", text_or_null()},
                       {"disabled_by", text_or_null()},
                       {"hidden_by", text_or_null()},
                       {"icon", text_or_null()},
                       {"labels", accept::strict_list()},
                       {"name", text_or_null()},
                       {"new_entity_id", accept::strict_text()},
                       {"options_domain", accept::strict_text()},
                       {"options", accept::nullable(accept::object())}},
                      [](Session& session, std::uint64_t id, const Json& message) {
                        session.answer(id, session.home().registries().update_entity(message));
                      });
  table.add_for_admin(prefix + "remove", {{"entity_id", accept::strict_text(), true}},
                      [](Session& session, std::uint64_t id, const Json& message) {
                        session.home().registries().remove_entity(message["entity_id"].as_string());
                        session.answer(id, nullptr);
                      });
}

void add_device_registry(CommandTable& table) {
  const std::string prefix = "config/device_registry/";
  table.add(prefix + "list", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().registries().list("device"));
  });
  table.add_for_admin(prefix + "update",
                      {{"device_id", accept::strict_text(), true},
                       {"area_id", text_or_null()},
                       {"disabled_by", text_or_null()},
                       {"labels", accept::strict_list()},
                       {"name_by_user", text_or_null()}},
                      [](Session& session, std::uint64_t id, const Json& message) {
                        session.answer(id, session.home().registries().update_device(message));
                      });
}

// Every field passes here; the collection itself says what is wrong with it.
Fields helper_fields(const std::string& domain, bool update) {
  Fields fields;
  for (const char* name :
       {"name", "icon", "initial", "min", "max", "step", "unit_of_measurement", "mode", "pattern",
        "options", "has_date", "has_time", "minimum", "maximum", "restore", "duration"}) {
    fields.push_back({name, accept::anything(), false});
  }
  if (update) fields.push_back({domain + "_id", accept::strict_text(), true});
  return fields;
}

void add_collection(CommandTable& table, const std::string& domain) {
  table.add(
      domain + "/list", {},
      [domain](Session& session, std::uint64_t id, const Json&) {
        session.answer(id, session.home().collections().list(domain));
      },
      domain);
  table.add_for_admin(
      domain + "/create", helper_fields(domain, false),
      [domain](Session& session, std::uint64_t id, const Json& message) {
        session.answer(id, session.home().collections().create(domain, message));
      },
      domain);
  table.add_for_admin(
      domain + "/update", helper_fields(domain, true),
      [domain](Session& session, std::uint64_t id, const Json& message) {
        session.answer(id, session.home().collections().update(domain, message));
      },
      domain);
  const std::string id_key = domain + "_id";
  table.add_for_admin(
      domain + "/delete", {{id_key, accept::strict_text(), true}},
      [domain, id_key](Session& session, std::uint64_t id, const Json& message) {
        try {
          session.home().collections().remove(domain, message[id_key].as_string());
        } catch (const CommandFailure& failure) {
          // Home Assistant goes on after this error and answers a second time.
          session.refuse(id, failure);
        }
        session.answer(id, nullptr);
      },
      domain);
}

void add_config_entries(CommandTable& table) {
  table.add_for_admin(
      "config_entries/get", {{"type_filter", accept::list()}, {"domain", accept::strict_text()}},
      [](Session& session, std::uint64_t id, const Json&) { session.answer(id, Json::array()); });
  table.add_for_admin("config/core/update",
                      {{"latitude", accept::number()},
                       {"longitude", accept::number()},
                       {"elevation", accept::integer()},
                       {"radius", accept::integer()},
                       {"location_name", accept::strict_text()},
                       {"time_zone", accept::strict_text()},
                       {"country", text_or_null()},
                       {"currency", accept::strict_text()},
                       {"language", accept::strict_text()},
                       {"external_url", text_or_null()},
                       {"internal_url", text_or_null()}},
                      [](Session& session, std::uint64_t id, const Json& message) {
                        Home& home = session.home();
                        Json config = home.config();
                        for (const auto& [key, value] : message.as_object()) config[key] = value;
                        home.set_config(std::move(config));
                        home.fire("core_config_updated", message, home.make_context());
                        session.answer(id, nullptr);
                      });
}

}  // namespace

void add_registry_commands(CommandTable& table) {
  for (const char* kind : {"area", "floor", "label"}) add_named_registry(table, kind);
  add_entity_registry(table);
  add_device_registry(table);
  for (const char* domain : {"input_boolean", "input_number", "input_text", "input_select",
                             "input_datetime", "input_button", "counter", "timer"}) {
    add_collection(table, domain);
  }
  add_config_entries(table);
}

}  // namespace hassette::sim
