// The services of the simulated home: what they accept, whom they reach and what they do.
//
// A call goes Home Assistant's way: found, asked for an answer or not, checked, told as a
// call_service event, then run for every entity that the target names. Owned by the Home, used on
// its loop's thread. What is refused reaches the caller's `done` as a CommandFailure.
#pragma once

#include <chrono>
#include <functional>
#include <hassette/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/context.hpp"
#include "sim/failure.hpp"
#include "sim/schema.hpp"
#include "sim/state.hpp"

namespace hassette::sim {

class Home;

struct ServiceCall {
  std::string domain;
  std::string service;
  Json data = Json::object();
  Context context;
  bool return_response = false;
};

struct ServiceResult {
  Json response;
  std::optional<CommandFailure> failure;
};

// What a service gives back, and how long its caller has to wait for it.
struct Outcome {
  Json response;
  std::chrono::nanoseconds takes{0};
};

enum class Responds : std::uint8_t { kNever, kOptional, kAlways };

struct Service {
  std::string domain;
  std::string name;
  Schema schema;
  std::vector<std::string> at_least_one_of = {};  // keys of the data
  Responds responds = Responds::kNever;
  // Exactly one of these; neither is a service that is accepted and does nothing.
  std::function<Outcome(Home&, const ServiceCall&)> run;
  std::function<Outcome(Home&, const ServiceCall&, const StatePtr&)> run_for_entity;
  // What is wrong with the checked data as a whole.
  std::function<std::optional<std::string>(const Json&)> check_whole = {};
  bool checked = true;  // false: any data is accepted
  Json description;     // as get_services shows it; made from the schema where it is null
};

class Services {
 public:
  explicit Services(Home& home) : home_(home) {}

  using EntityRun = std::function<void(Home&, const ServiceCall&, const State&)>;

  void add(Service service);
  // A service that changes entities and answers nothing.
  void add(std::string domain, std::string name, std::vector<Field> fields, EntityRun run);
  // Leaves the behaviour and takes the order and the words of a recorded get_services.
  void describe(const Json& recorded);
  void remove(std::string_view domain, std::string_view name);
  // While the home boots, what is withheld cannot be called; `register_domain` tells of each
  // service.
  void withhold_all(const std::vector<std::string>& but_domains);
  void register_domain(std::string_view domain);

  [[nodiscard]] const Service* find(std::string_view domain, std::string_view name) const;
  [[nodiscard]] Json list() const;       // get_services
  [[nodiscard]] Json rest_list() const;  // GET /api/services
  [[nodiscard]] std::vector<std::string> domains() const;

  void run(ServiceCall call, std::function<void(ServiceResult)> done);

 private:
  struct Domain {
    std::string name;
    std::vector<Service> services;
    bool withheld = false;
  };
  Domain* find_domain(std::string_view name);
  Outcome run_checked(const Service& service, const ServiceCall& call);
  Outcome run_on_entities(const Service& service, const ServiceCall& call);

  Home& home_;
  std::vector<Domain> domains_;
};

// Whom a target names. Entities that are named but do not exist are in `entities`, too.
struct Reached {
  std::vector<std::string> entities;
  std::vector<std::string> named;  // of these: by their own id
};
[[nodiscard]] Reached resolve_target(Home& home, const Json& data, std::string_view domain);

// Whether the entity has the features that the service asks for: every bit of one of the sets.
[[nodiscard]] bool supports(const Service& service, const State& state);

// The one event that a calendar shows, in the home's time with its offset.
struct CalendarEvent {
  std::string start;
  std::string end;
};
[[nodiscard]] std::optional<CalendarEvent> calendar_event(Home& home, const State& calendar);

// The attributes of a timer that does not run: its own duration, and nothing of the last run.
[[nodiscard]] Json timer_at_rest(Home& home, const State& timer);

// From now on the group's state follows from its members.
void follow_group(Home& home, const std::string& entity_id);

// After a restart: what was active runs on to its end, or finishes if that has passed. Brings the
// entity up.
void resume_timer(Home& home, const StatePtr& timer);
// After a restart: the state that the panel has by now. What it is on its way to is scheduled.
[[nodiscard]] std::string resume_alarm(Home& home, const StatePtr& panel);

// How long a lock turns; who calls it waits for it.
inline constexpr std::chrono::seconds kLockTurns{2};

// The behaviours, one function a group of domains; `add_services` calls them all.
void add_services(Services& services);
void add_core_services(Services& services);
void add_light_services(Services& services);
void add_group_services(Services& services);
void add_input_services(Services& services);
void add_datetime_services(Services& services);  // input_datetime
void add_timer_services(Services& services);
void add_climate_services(Services& services);
void add_moving_services(Services& services);  // cover, valve, lock
void add_alarm_services(Services& services);
void add_switch_services(Services& services);  // what is on or off, or simply takes a value
void add_player_services(Services& services);  // fan, media_player
void add_scene_services(Services& services);
void add_script_services(Services& services);  // script, automation
void add_answering_services(Services& services);

}  // namespace hassette::sim
