#include "sim/service.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {

Json described(const Service& service) {
  Json fields = Json::object();
  for (const Field& field : service.schema.fields()) {
    Json entry = Json::object();
    if (field.required) entry["required"] = true;
    entry["name"] = "";
    entry["description"] = "";
    fields[field.name] = std::move(entry);
  }
  Json text = Json::object({{"name", ""}, {"description", ""}, {"fields", std::move(fields)}});
  if (service.run_for_entity) {
    Json filter = Json::object({{"domain", Json::array({service.domain})}});
    text["target"] = Json::object({{"entity", Json::array({std::move(filter)})}});
  }
  if (service.responds != Responds::kNever) {
    text["response"] = Json::object({{"optional", service.responds == Responds::kOptional}});
  }
  return text;
}

CommandFailure invalid(std::string message) {
  return {"invalid_format", std::move(message), {}};
}

void refuse_response_mismatch(const Service& service, bool wanted) {
  const Json placeholders = Json::object({{"return_response", "return_response=True"}});
  if (wanted && service.responds == Responds::kNever) {
    throw validation_failure(
        "An action which does not return responses can't be called with return_response=True",
        "service_does_not_support_response", placeholders, "homeassistant");
  }
  if (!wanted && service.responds == Responds::kAlways) {
    throw validation_failure(
        "The action requires responses and must be called with return_response=True",
        "service_lacks_response_request", placeholders, "homeassistant");
  }
}

// Home Assistant's schema of an entity service: the target's keys beside its own, one of them
// given.
void check_data(const Service& service, Json& data) {
  const auto require_one_of = [&](const std::vector<std::string>& keys) {
    if (std::ranges::any_of(keys, [&](const auto& key) { return data.contains(key); })) return;
    throw invalid(fmt::format("must contain at least one of {}.", fmt::join(keys, ", ")));
  };
  if (!service.at_least_one_of.empty()) require_one_of(service.at_least_one_of);
  std::vector<Field> fields = service.schema.fields();
  std::vector<std::string> target_keys;
  if (service.run_for_entity) {
    for (Field& field : target_fields()) {
      target_keys.push_back(field.name);
      fields.push_back(std::move(field));
    }
  }
  const std::vector<Problem> problems = Schema(std::move(fields)).check(data);
  if (!problems.empty()) throw invalid(problems.front().text);
  if (service.run_for_entity) require_one_of(target_keys);
  if (!service.check_whole) return;
  if (const auto wrong = service.check_whole(data)) throw invalid(*wrong);
}

// Names are found in lower case, too; what is not found is then told of as if another had called.
CommandFailure service_not_found(const std::string& domain, const std::string& service,
                                 const ServiceCall& looked_for) {
  if (domain == looked_for.domain && service == looked_for.service) {
    return {"not_found", fmt::format("Service {}.{} not found.", domain, service),
            Json::object({{"translation_key", "service_not_found"},
                          {"translation_placeholders",
                           Json::object({{"domain", domain}, {"service", service}})},
                          {"translation_domain", "homeassistant"}})};
  }
  return {"home_assistant_error",
          fmt::format("Service {}.{} called service {}.{} which was not found.", looked_for.domain,
                      looked_for.service, domain, service),
          Json::object(
              {{"translation_key", "child_service_not_found"},
               {"translation_placeholders", Json::object({{"domain", domain},
                                                          {"service", service},
                                                          {"child_domain", looked_for.domain},
                                                          {"child_service", looked_for.service}})},
               {"translation_domain", "websocket_api"}})};
}

}  // namespace

Services::Domain* Services::find_domain(std::string_view name) {
  const auto found = std::ranges::find(domains_, name, &Domain::name);
  return found == domains_.end() ? nullptr : &*found;
}

void Services::add(Service service) {
  Domain* domain = find_domain(service.domain);
  if (!domain) domain = &domains_.emplace_back(Domain{service.domain, {}});
  if (service.description.is_null()) service.description = described(service);
  const auto same = std::ranges::find(domain->services, service.name, &Service::name);
  if (same != domain->services.end()) {
    *same = std::move(service);
  } else {
    domain->services.push_back(std::move(service));
  }
}

void Services::add(std::string domain, std::string name, std::vector<Field> fields, EntityRun run) {
  add({.domain = std::move(domain),
       .name = std::move(name),
       .schema = Schema(std::move(fields)),
       .run_for_entity = [run = std::move(run)](Home& home, const ServiceCall& call,
                                                const StatePtr& state) {
         run(home, call, *state);
         return Outcome{};
       }});
}

void Services::describe(const Json& recorded) {
  std::vector<Domain> ordered;
  for (const auto& [domain_name, services] : recorded.as_object()) {
    Domain domain{domain_name, {}};
    for (const auto& [name, description] : services.as_object()) {
      Service service;
      if (const Service* known = find(domain_name, name)) {
        service = *known;
      } else {
        service.domain = domain_name;
        service.name = name;
        service.checked = false;
        const Json& optional = description["response"]["optional"];
        if (optional.is_bool()) {
          service.responds = optional.as_bool() ? Responds::kOptional : Responds::kAlways;
        }
      }
      service.description = description;
      domain.services.push_back(std::move(service));
    }
    ordered.push_back(std::move(domain));
  }
  domains_ = std::move(ordered);
}

void Services::remove(std::string_view domain, std::string_view name) {
  Domain* found = find_domain(domain);
  if (!found) return;
  if (std::erase_if(found->services, [&](const Service& s) { return s.name == name; }) == 0) return;
  home_.fire("service_removed", Json::object({{"domain", domain}, {"service", name}}),
             home_.make_context());
}

void Services::withhold_all(const std::vector<std::string>& but_domains) {
  for (Domain& domain : domains_) {
    domain.withheld = std::ranges::find(but_domains, domain.name) == but_domains.end();
  }
}

void Services::register_domain(std::string_view name) {
  Domain* domain = find_domain(name);
  if (!domain || !domain->withheld) return;
  domain->withheld = false;
  for (const Service& service : domain->services) {
    home_.fire("service_registered",
               Json::object({{"domain", domain->name}, {"service", service.name}}),
               home_.make_context());
  }
}

const Service* Services::find(std::string_view domain_name, std::string_view name) const {
  const auto domain = std::ranges::find(domains_, domain_name, &Domain::name);
  if (domain == domains_.end() || domain->withheld) return nullptr;
  const auto service = std::ranges::find(domain->services, name, &Service::name);
  return service == domain->services.end() ? nullptr : &*service;
}

Json Services::list() const {
  Json all = Json::object();
  for (const Domain& domain : domains_) {
    if (domain.withheld || domain.services.empty()) continue;
    Json services = Json::object();
    for (const Service& service : domain.services) services[service.name] = service.description;
    all[domain.name] = std::move(services);
  }
  return all;
}

Json Services::rest_list() const {
  Json all = Json::array();
  const Json listed = list();
  for (const auto& [domain, services] : listed.as_object()) {
    all.push_back(Json::object({{"domain", domain}, {"services", services}}));
  }
  return all;
}

std::vector<std::string> Services::domains() const {
  std::vector<std::string> names;
  names.reserve(domains_.size());
  for (const Domain& domain : domains_) names.push_back(domain.name);
  return names;
}

void Services::run(ServiceCall call, std::function<void(ServiceResult)> done) {
  ServiceResult result;
  std::chrono::nanoseconds takes{0};
  try {
    const std::string domain = std::exchange(call.domain, base::lower_case(call.domain));
    const std::string name = std::exchange(call.service, base::lower_case(call.service));
    const Service* found = find(call.domain, call.service);
    if (!found) throw service_not_found(domain, name, call);
    const Service service = *found;  // a service may change what is registered
    refuse_response_mismatch(service, call.return_response);
    const Json told = call.data;
    if (service.checked) check_data(service, call.data);
    home_.fire(
        "call_service",
        Json::object({{"domain", call.domain}, {"service", call.service}, {"service_data", told}}),
        call.context);
    Outcome outcome = run_checked(service, call);
    result.response = std::move(outcome.response);
    takes = outcome.takes;
  } catch (const CommandFailure& failure) {
    result.failure = failure;
  } catch (const std::exception& error) {
    // The call did what nobody expected of it. Home Assistant answers so, too, and lives on.
    result.failure = CommandFailure{"unknown_error", error.what(), {}};
  }
  if (takes.count() == 0) {
    done(std::move(result));
  } else {
    home_.after(takes, [done = std::move(done), result = std::move(result)] { done(result); });
  }
}

Outcome Services::run_checked(const Service& service, const ServiceCall& call) {
  if (service.run_for_entity) return run_on_entities(service, call);
  if (service.run) return service.run(home_, call);
  return {service.responds == Responds::kNever ? Json() : Json::object(), {}};
}

Outcome Services::run_on_entities(const Service& service, const ServiceCall& call) {
  const Reached reached = resolve_target(home_, call.data, call.domain);
  std::vector<StatePtr> entities;
  for (const std::string& entity_id : reached.entities) {
    const StatePtr& state = home_.state(entity_id);
    if (!state || state->domain() != call.domain) continue;
    if (!supports(service, *state)) {
      if (std::ranges::find(reached.named, entity_id) == reached.named.end()) continue;
      throw validation_failure(
          fmt::format("Entity {} does not support action {}.{}", entity_id, call.domain,
                      call.service),
          "service_not_supported",
          Json::object(
              {{"domain", call.domain}, {"service", call.service}, {"entity_id", entity_id}}),
          "homeassistant");
    }
    if (state->state() != "unavailable") entities.push_back(state);
  }
  Outcome total;
  for (const StatePtr& state : entities) {
    home_.touch(state->entity_id(), call.context);
    Outcome outcome = service.run_for_entity(home_, call, state);
    total.takes = std::max(total.takes, outcome.takes);
    if (service.responds != Responds::kNever) {
      total.response[state->entity_id()] = std::move(outcome.response);
    }
  }
  if (total.response.is_null() && service.responds != Responds::kNever) {
    total.response = Json::object();
  }
  return total;
}

namespace {

void add_once(std::vector<std::string>& list, const std::string& entity_id) {
  if (std::ranges::find(list, entity_id) == list.end()) list.push_back(entity_id);
}

std::vector<std::string> words_of(const Json& value) {
  std::vector<std::string> words;
  if (value.is_string()) words.push_back(value.as_string());
  if (value.is_array()) {
    for (const Json& item : value.as_array()) {
      if (item.is_string()) words.push_back(item.as_string());
    }
  }
  return words;
}

// Groups may hold each other: each is opened once.
void add_named(Home& home, const std::string& entity_id, std::set<std::string>& opened,
               Reached& reached) {
  const StatePtr& state = home.state(entity_id);
  if (state && state->domain() == "group") {
    if (!opened.insert(entity_id).second) return;
    for (const std::string& member : words_of(state->attributes()["entity_id"])) {
      add_named(home, member, opened, reached);
    }
    return;
  }
  add_once(reached.entities, entity_id);
  add_once(reached.named, entity_id);
}

// What is meant for set-up or diagnosis, or hidden, is reached by its own name alone.
void add_indirect(Home& home, const std::vector<std::string>& entity_ids, Reached& reached) {
  for (const std::string& entity_id : entity_ids) {
    const Json* entry = home.registries().find_entity(entity_id);
    if (!entry || !(*entry)["entity_category"].is_null() || !(*entry)["hidden_by"].is_null())
      continue;
    add_once(reached.entities, entity_id);
  }
}

}  // namespace

Reached resolve_target(Home& home, const Json& data, std::string_view domain) {
  Reached reached;
  const Json& named = data["entity_id"];
  if (named.is_string() && named.as_string() == "all") {
    home.states().for_each([&](const StatePtr& state) {
      if (domain.empty() || state->domain() == domain)
        reached.entities.push_back(state->entity_id());
    });
    return reached;
  }
  std::set<std::string> opened;
  for (const std::string& entity_id : words_of(named)) {
    if (entity_id != "none") add_named(home, entity_id, opened, reached);
  }
  const Registries& registries = home.registries();
  for (const std::string& id : words_of(data["device_id"])) {
    add_indirect(home, registries.entities_of_device(id), reached);
  }
  for (const std::string& id : words_of(data["area_id"])) {
    add_indirect(home, registries.entities_in_area(id), reached);
  }
  for (const std::string& floor : words_of(data["floor_id"])) {
    for (const std::string& area : registries.areas_on_floor(floor)) {
      add_indirect(home, registries.entities_in_area(area), reached);
    }
  }
  for (const std::string& id : words_of(data["label_id"])) {
    add_indirect(home, registries.entities_with_label(id), reached);
  }
  return reached;
}

void add_services(Services& services) {
  add_core_services(services);
  add_light_services(services);
  add_group_services(services);
  add_input_services(services);
  add_timer_services(services);
  add_climate_services(services);
  add_moving_services(services);
  add_alarm_services(services);
  add_switch_services(services);
  add_player_services(services);
  add_scene_services(services);
  add_script_services(services);
  add_answering_services(services);
}

}  // namespace hassette::sim
