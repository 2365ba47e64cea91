#pragma once
// layer: harness
//
// TestHome: apps in a simulated home and in virtual time, for any test framework.
//
// `AppHarness` in <hassette/testing.hpp> is the same for GoogleTest and shows how it is used. The
// apps run on the engine that also drives real homes; only the connection is another: services do
// what Home Assistant's do, in the simulated home. Nothing waits in real time. Sleeps, holds,
// debounces, timeouts and jobs follow one clock, which only the test moves; from the same seed
// comes the same run. One thread.
#include <hassette/app.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace hassette {

namespace harness {
class ExploredRun;
}

/// What random things of a test come from: HASSETTE_TEST_SEED, which `hassette test --seed` sets; 1
/// without it. From the same seed comes the same run.
std::uint64_t test_seed();

struct HarnessOptions {
  /// When the test begins, as the home's clocks show it.
  Date date = Date(std::chrono::year(2026), std::chrono::month(3), std::chrono::day(2));
  TimeOfDay time = "12:00";
  std::string time_zone = "Europe/Berlin";
  double latitude = 52.52;
  double longitude = 13.405;
  double elevation = 34;  ///< metres
  std::uint64_t seed = test_seed();
};

/// A service call as an app made it.
struct RecordedCall {
  TimePoint at;
  std::string app;
  std::string service;  ///< "light.turn_on"
  Json data;            ///< the service's data and what the target names, in one object
  std::string error;    ///< what Home Assistant refused it with; empty if it was carried out
};

class TestHome {
 public:
  struct Parts;
  explicit TestHome(HarnessOptions options = {});
  /// For <hassette/explore.hpp>: a home that takes the choices of this run.
  TestHome(HarnessOptions options, harness::ExploredRun& run);
  TestHome(const TestHome&) = delete;
  TestHome& operator=(const TestHome&) = delete;
  ~TestHome();
  /// Stops the apps, once, and gives what they forgot, a sentence each.
  std::vector<std::string> finish();

  /// Starts an app and runs its hooks to their end; what they throw, this throws. `name` is the
  /// instance's, by default the class's name in lower case, with underscores.
  template <class A>
  A& start(typename A::ConfigType config, std::string name = {}) {
    static const plugin::AppType type{
        "", nullptr, [] { return std::unique_ptr<AppBase>(std::make_unique<A>()); }, nullptr};
    return static_cast<A&>(start_app(type,
                                     std::make_shared<typename A::ConfigType>(std::move(config)),
                                     name.empty() ? type_name(typeid(A)) : std::move(name)));
  }
  template <class A>
  A& start() {
    return start<A>(typename A::ConfigType{});
  }
  /// Stops it, hooks included, as an engine does that is shut down. LogicError for a name under
  /// which nothing was started.
  void stop(const std::string& name);
  void stop();

  // --- the home

  /// Writes a state as an integration does: apps see the change, where it is one. An entity that
  /// the home does not have appears. Then everything that is ready runs.
  void set_state(const EntityId& entity, std::string state);
  void set_state(const EntityId& entity, std::string state, Json attributes);
  /// LogicError where the home has no such entity.
  void set_attribute(const EntityId& entity, const std::string& name, Json value);
  void remove_entity(const EntityId& entity);
  /// What the home says of an entity now; empty where it has none.
  std::optional<State> state(const EntityId& entity) const;

  /// The same change, wherever the entity stood: first, without anybody's notice, it has the old
  /// state.
  void simulate_state_change(const EntityId& entity, std::string old_state, std::string new_state,
                             std::optional<Json> attributes = {});
  void simulate_attribute_change(const EntityId& entity, const std::string& name, Json old_value,
                                 Json new_value);
  /// An event of Home Assistant's bus.
  void simulate_event(std::string type, Json data = Json::object());
  /// A service call by somebody else: its event; the service itself does nothing.
  void simulate_call_service(std::string_view domain, std::string_view service,
                             Json data = Json::object());
  void simulate_component_loaded(std::string_view component);
  void simulate_service_registered(std::string_view domain, std::string_view service);
  void simulate_homeassistant_start();
  void simulate_homeassistant_stop();
  /// What apps are told of a part of the engine, such as "job_ledger": that it fails or, without an
  /// error, that it works again. The part itself is what it was.
  void simulate_service_state(std::string_view service, std::string error = {});
  /// What apps are told of an app that this test need not run. LogicError for a status that no app
  /// has; they are "not_started", "starting", "running", "stopping", "stopped" and "failed".
  void simulate_app_state(const std::string& app, const std::string& previous,
                          const std::string& status, const std::string& error = {});

  /// The demo's house of sixty entities; with `live_in_it` also its residents, day and night.
  void furnish();
  void live_in_it();
  /// The states of a recorded home: the answer to `get_states`, as JSON.
  void load_states(const Json& states);

  // --- time

  TimePoint now() const;
  LocalTime local_now() const;
  void advance(std::chrono::nanoseconds by);
  void advance_to(TimePoint at);
  /// To the next moment at which the home's clocks show this.
  void advance_to(TimeOfDay at);
  /// Lets everything happen that is due by now. Only explored scenarios need it, before they read
  /// an app's members: there, what is due waits for what the test may do next.
  void settle();
  /// Moves time until the condition holds, from one thing that happens to the next; false if it
  /// does not within `limit`.
  bool run_until(const std::function<bool()>& condition,
                 std::chrono::nanoseconds limit = std::chrono::hours(24));
  /// A step of the wall clock alone, as NTP makes it; time that passes does not jump.
  void step_wall_clock(std::chrono::microseconds by);

  // --- what can go wrong

  /// The connection is lost; what happens in the home meanwhile is found when it is back.
  void disconnect();
  void reconnect();
  /// Away for so long, with everything that happens in the home and in the apps meanwhile.
  void away_for(std::chrono::nanoseconds time);
  /// The next `times` calls of a service are refused. LogicError, here and below, for a service
  /// that neither the home has nor `add_service` added.
  void fail_service(const std::string& service, std::string code, std::string message,
                    std::size_t times = 1);
  /// Calls of a service are answered this much later.
  void delay_service(const std::string& service, std::chrono::nanoseconds by);
  /// Calls of a service are never answered; callers run into their timeout.
  void silence_service(const std::string& service);
  /// A service that the simulated home does not know: it does nothing and answers `response`.
  void add_service(const std::string& service, Json response = {});

  // --- what the apps did

  /// What came of it, a line each: the states that the home has, and the calls, sorted.
  std::string outcome() const;
  const std::vector<RecordedCall>& calls() const;
  void forget_calls();
  /// What happened, a line each, the newest last.
  std::vector<std::string> tape(std::size_t lines = 40) const;
  /// Errors of runs and tasks so far, as "app `handler`: message".
  const std::vector<std::string>& errors() const;
  /// A run or task may fail with a message that contains this; else, or if none does, the test
  /// fails.
  void expect_error(std::string part);

  /// Calls of the service that carry at least this data. One id and a list of that id alone are
  /// the same. LogicError for a service or an entity that nobody knows: neither the home nor a
  /// call nor, of entities, what an app listens to.
  std::size_t call_count(std::string_view service, const Json& data = {}) const;
  /// What was looked for, the call that comes nearest, what of it nobody knows, and the tape.
  std::string explain_missing(std::string_view service, const Json& data = {}) const;
  std::string explain_present(std::string_view service, const Json& data = {}) const;
  /// Empty if the service and the entities that the data name are known; else the nearest that
  /// there are.
  std::string explain_unknown(std::string_view service, const Json& data = {}) const;

 private:
  static std::string type_name(const std::type_info& type);
  AppBase& start_app(const plugin::AppType& type, std::shared_ptr<void> config,
                     const std::string& name);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hassette
