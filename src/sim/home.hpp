// The simulated home without a network: states, events, registries, services, helpers, history.
//
// It follows Home Assistant's rules and runs on a loop's clock, so that a day of it passes in a
// moment of virtual time. Whoever makes it owns it; it lives on the loop's thread and must outlive
// the sessions that look at it. What a caller did wrong is thrown as ServiceFailure or returned as
// a Problem; a broken entity id written by code is a LogicError.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/loop.hpp"
#include "sim/collections.hpp"
#include "sim/context.hpp"
#include "sim/event.hpp"
#include "sim/recorder.hpp"
#include "sim/registry.hpp"
#include "sim/service.hpp"
#include "sim/state.hpp"
#include "time/zone.hpp"

namespace hassette::sim {

inline constexpr std::string_view kOwnerUser = "0a000000000000000000000000000001";
inline constexpr std::string_view kPlainUser = "0a000000000000000000000000000002";

// An entity that follows others: a template sensor, a group, what an automation triggers.
struct Derived {
  std::string entity_id;
  std::vector<std::string> sources;
  // The state that follows from the home as it is; nothing leaves it as it stands.
  std::function<std::optional<std::string>()> state;
  bool at_once = false;       // groups follow inside the change, templates a turn later
  bool is_refreshed = false;  // at this moment
};

class Home {
 public:
  Home(async::Loop& loop, std::uint64_t seed);
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home();

  [[nodiscard]] async::Loop& loop() const { return loop_; }
  [[nodiscard]] TimePoint now() const { return loop_.wall(); }
  // For what happens: no two moments are equal, also where the clock stands still.
  [[nodiscard]] TimePoint moment();
  [[nodiscard]] IdSource& ids() { return ids_; }
  [[nodiscard]] EventBus& bus() { return bus_; }
  [[nodiscard]] const StateMachine& states() const { return states_; }
  [[nodiscard]] Registries& registries() { return registries_; }
  [[nodiscard]] Services& services() { return services_; }
  [[nodiscard]] Collections& collections() { return collections_; }
  [[nodiscard]] Recorder& recorder() { return recorder_; }

  // What get_config answers; `state` in it is the home's phase.
  [[nodiscard]] const Json& config() const { return config_; }
  void set_config(Json config);
  [[nodiscard]] std::string phase() const { return config_["state"].as_string(); }
  [[nodiscard]] bool has_component(std::string_view name) const;
  [[nodiscard]] const time::Zone& zone() const { return zone_; }
  Json& panels() { return panels_; }

  [[nodiscard]] Context make_context(std::string_view user_id = {},
                                     std::string_view parent_id = {});
  EventPtr fire(std::string type, Json data, const Context& context, bool remote = false);

  // Null where there is none.
  [[nodiscard]] const StatePtr& state(std::string_view entity_id) const;
  [[nodiscard]] std::string state_text(std::string_view entity_id) const;

  // A write as Home Assistant's state machine takes it: a change fires state_changed, the same
  // state and attributes only move last_reported. Text over 255 characters becomes `unknown`.
  void set(std::string_view entity_id, std::string state, Json attributes, const Context& context,
           bool force = false);
  // The same with the context of a service call that reached the entity within five seconds.
  void write(std::string_view entity_id, std::string state, Json attributes, bool force = false);
  void write_state(std::string_view entity_id, std::string state, bool force = false);
  // Changes the named attributes, and the state where one is given.
  void patch(std::string_view entity_id, std::optional<std::string> state, Json changes);
  // Moves last_reported and tells nobody.
  void report(std::string_view entity_id);
  bool remove(std::string_view entity_id, const Context& context);
  // As if it had always stood there: no event; history begins with it.
  void place(StatePtr state);
  void clear_states() { states_.clear(); }

  // An entity that a user makes is written twice, the second time while the first is still being
  // told.
  void add_entity(std::string_view entity_id, std::string state, Json attributes, bool force);

  void follow(Derived derived);
  void refresh_derived();
  [[nodiscard]] bool is_derived(std::string_view entity_id) const;
  // Something that watches the home for as long as the home lives, such as an automation.
  void keep(std::shared_ptr<void> watch) { kept_.push_back(std::move(watch)); }
  // Services reached the entity: its writes carry this context for a while.
  void touch(std::string_view entity_id, const Context& context);
  [[nodiscard]] Context context_of(std::string_view entity_id);
  // What an entity remembers and does not show, such as a light's brightness while it is off.
  Json& memory(std::string_view entity_id) { return memory_[std::string(entity_id)]; }

  // Runs a call as Home Assistant's service registry does; `done` may come later.
  using Done = std::function<void(ServiceResult)>;
  void call(ServiceCall call, Done done);

  // Time on the loop's clock. What is scheduled for an entity replaces what was before. What an
  // action throws is logged and ends nothing but the action.
  void after(std::chrono::nanoseconds delay, std::function<void()> action);
  void after(std::string_view entity_id, std::chrono::nanoseconds delay,
             std::function<void()> action);
  void forget_scheduled(std::string_view entity_id);
  void forget_all_scheduled();
  void soon(std::function<void()> action);  // in a later turn

  // Sun, notifications: what is not a state but belongs to the home.
  Json& notifications() { return notifications_; }
  std::set<std::string, std::less<>>& transient() { return transient_; }

 private:
  class Later;
  void changed(StatePtr before, StatePtr after, TimePoint time, const Context& context);
  void tell_followers(const EventPtr& event);
  void refresh(Derived& derived, const Context& context);
  void sweep_later();

  async::Loop& loop_;
  IdSource ids_;
  EventBus bus_;
  StateMachine states_;
  Registries registries_;
  Services services_;
  Collections collections_;
  Recorder recorder_;
  Json config_;
  Json panels_ = Json::object();
  Json notifications_ = Json::object();
  time::Zone zone_;
  std::set<std::string, std::less<>> components_;
  std::set<std::string, std::less<>> transient_;
  struct Touched {
    Context context;
    TimePoint at;
  };
  std::unordered_map<std::string, Touched, TextHash, std::equal_to<>> touched_;
  std::unordered_map<std::string, Json> memory_;
  std::vector<std::shared_ptr<Derived>> derived_;
  std::unordered_map<std::string, std::vector<std::size_t>, TextHash, std::equal_to<>> followers_;
  std::set<std::size_t> waiting_;  // derived entities that a later turn looks at again
  std::vector<std::unique_ptr<Later>> later_;
  TimePoint last_moment_{};
  std::shared_ptr<bool> alive_;
  std::vector<std::shared_ptr<void>> kept_;  // last: they listen to the bus
};

}  // namespace hassette::sim
