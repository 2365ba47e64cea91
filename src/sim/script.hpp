// Scripts, conditions, triggers and automations of the simulated home, as far as clients meet them.
//
// A script's steps: action/service, event, delay, stop, condition, wait-free; anything else is
// passed over. A run keeps itself alive until its last step; the Home must outlive the loop's
// turns. Used on the loop's thread. An invalid condition or trigger is thrown as CommandFailure.
#pragma once

#include <functional>
#include <hassette/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/event.hpp"
#include "sim/failure.hpp"
#include "sim/service.hpp"

namespace hassette::sim {

class Home;

struct ScriptEnd {
  Json response;
  std::optional<CommandFailure> failure;
};

// Runs the steps one after the other; `done` is called when the last one, or a `stop`, has run.
// `variables` are what templates in the steps may name.
void run_script(Home& home, const Json& sequence, const Json& variables, const Context& context,
                std::function<void(ScriptEnd)> done);

// Throws CommandFailure where the condition is none.
[[nodiscard]] bool holds(Home& home, const Json& condition);

// Calls `fired` in a later turn with {trigger: {…}} for each time that the trigger fires, until
// what it gave is destroyed.
class TriggerWatch {
 public:
  using Fired = std::function<void(Json variables, Context context)>;
  TriggerWatch(Home& home, const Json& triggers, Fired fired);
  TriggerWatch(const TriggerWatch&) = delete;
  TriggerWatch& operator=(const TriggerWatch&) = delete;
  ~TriggerWatch();

 private:
  void attach(const Json& trigger, const std::string& index);
  void attach_state(const Json& trigger, const std::string& index, bool numeric);
  void attach_event(const Json& trigger, const std::string& index);
  void fire(Json trigger, const Context& context);

  Home& home_;
  Fired fired_;
  std::vector<std::uint64_t> listeners_;
  std::shared_ptr<bool> alive_;
};

// An automation that reacts: a `state` of on, `last_triggered` and `current` as Home Assistant
// shows.
void add_automation(Home& home, const std::string& entity_id, const Json& triggers,
                    const Json& actions);
// A script entity with its own service.
void add_script(Home& home, const std::string& object_id, const std::string& name,
                const Json& sequence, std::vector<std::string> fields);
// Runs the script of that entity; the outcome waits for as long as its delays are.
[[nodiscard]] Outcome start_script(Home& home, const std::string& entity_id, const Json& variables,
                                   const Context& context);
// What scene.turn_on of that scene sets: {entity_id: {state, attributes…}}.
void add_scene(Home& home, const std::string& entity_id, const std::string& name,
               const Json& entities);

}  // namespace hassette::sim
