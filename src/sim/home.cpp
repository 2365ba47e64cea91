#include "sim/home.hpp"

#include <algorithm>
#include <hassette/entity_id.hpp>
#include <hassette/error.hpp>

#include "async/timer.hpp"
#include "base/block_pool.hpp"
#include "log/log.hpp"
#include "sim/template_syntax.hpp"

namespace hassette::sim {

namespace {
constexpr auto kContextRecent = std::chrono::seconds(5);
constexpr std::size_t kStateLimit = 255;

bool too_long(std::string_view state) {
  return state.size() > kStateLimit && characters(state) > kStateLimit;
}

// What the home has begun by itself has no caller who could be told. As in Home Assistant its error
// is logged, and the home lives on.
template <class Action>
void attempt(std::string_view what, const Action& action) {
  const auto report = [&](std::string_view why) {
    log::error("the simulated home: {} failed: {}", what, why);
  };
  try {
    action();
  } catch (const CommandFailure& failure) {
    report(failure.message);
  } catch (const TemplateFailure& failure) {
    report(failure.text());
  } catch (const std::exception& error) {
    report(error.what());
  }
}

Json default_config() {
  return Json::object({{"allowlist_external_dirs", Json::array()},
                       {"allowlist_external_urls", Json::array()},
                       {"components", Json::array()},
                       {"config_dir", "/config"},
                       {"config_source", "yaml"},
                       {"country", "DE"},
                       {"currency", "EUR"},
                       {"debug", false},
                       {"elevation", 34},
                       {"external_url", nullptr},
                       {"internal_url", nullptr},
                       {"language", "en"},
                       {"latitude", 52.52},
                       {"location_name", "Home"},
                       {"longitude", 13.405},
                       {"radius", 100},
                       {"recovery_mode", false},
                       {"safe_mode", false},
                       {"state", "RUNNING"},
                       {"time_zone", "Europe/Berlin"},
                       {"unit_system", Json::object({{"length", "km"},
                                                     {"accumulated_precipitation", "mm"},
                                                     {"area", "m²"},
                                                     {"mass", "g"},
                                                     {"pressure", "Pa"},
                                                     {"temperature", "°C"},
                                                     {"volume", "L"},
                                                     {"wind_speed", "m/s"}})},
                       {"version", "2025.4.4"},
                       {"whitelist_external_dirs", Json::array()}});
}
}  // namespace

class Home::Later final : public async::Timer {
 public:
  Later(std::string its_entity, std::function<void()> action)
      : entity(std::move(its_entity)), action_(std::move(action)) {}
  std::string entity;

 private:
  void fire() override {
    // The action may schedule more, and so destroy this node.
    const std::function<void()> action = std::move(action_);
    const std::string what = entity.empty() ? "what it had scheduled" : entity;
    attempt(what, action);
  }
  std::function<void()> action_;
};

Home::Home(async::Loop& loop, std::uint64_t seed)
    : loop_(loop),
      ids_(seed),
      registries_(*this),
      services_(*this),
      collections_(*this),
      recorder_(*this),
      alive_(std::make_shared<bool>(true)) {
  set_config(default_config());
}

Home::~Home() = default;

void Home::set_config(Json config) {
  config_ = std::move(config);
  components_.clear();
  for (const Json& name : config_["components"].as_array()) components_.insert(name.as_string());
  zone_ = time::Zone::find(config_["time_zone"].as_string()).value_or(time::Zone::utc());
}

bool Home::has_component(std::string_view name) const {
  return components_.contains(name);
}

TimePoint Home::moment() {
  return last_moment_ = std::max(now(), last_moment_ + std::chrono::microseconds(1));
}

Context Home::make_context(std::string_view user_id, std::string_view parent_id) {
  return {ids_.ulid(now()), std::string(parent_id), std::string(user_id)};
}

EventPtr Home::fire(std::string type, Json data, const Context& context, bool remote) {
  auto event =
      std::make_shared<const Event>(std::move(type), std::move(data), remote, moment(), context);
  recorder_.record(*event);
  bus_.fire(event);
  return event;
}

const StatePtr& Home::state(std::string_view entity_id) const {
  return states_.find(entity_id);
}

std::string Home::state_text(std::string_view entity_id) const {
  const StatePtr& found = states_.find(entity_id);
  return found ? found->state() : "unknown";
}

void Home::set(std::string_view entity_id, std::string state, Json attributes,
               const Context& context, bool force) {
  const StatePtr before = states_.find(entity_id);
  if (!before && !is_valid_entity_id(entity_id)) {
    throw LogicError("the simulated home was given an invalid entity id", std::string(entity_id));
  }
  if (too_long(state)) state = "unknown";
  if (!attributes.is_object()) attributes = Json::object();
  const TimePoint time = moment();
  const bool same_state = before && before->state() == state && !force;
  const bool same_attributes = before && before->attributes() == attributes;
  if (same_state && same_attributes) {
    before->report(time);
    return;
  }
  auto shared = same_attributes ? before->shared_attributes()
                                : std::make_shared<const Attributes>(std::move(attributes));
  auto after = std::make_shared<const State>(before ? before->entity_id() : std::string(entity_id),
                                             std::move(state), std::move(shared), context,
                                             same_state ? before->last_changed() : time, time);
  states_.put(after);
  changed(before, std::move(after), time, context);
}

void Home::changed(StatePtr before, StatePtr after, TimePoint time, const Context& context) {
  recorder_.record(after ? after : before, !after, time);
  const auto event = std::allocate_shared<const Event>(
      base::BlockAllocator<Event>(), std::move(before), std::move(after), time, context);
  // Groups hang on the change itself and so speak first; templates wait for the next turn.
  if (!followers_.empty()) tell_followers(event);
  bus_.fire(event);
}

void Home::write(std::string_view entity_id, std::string state, Json attributes, bool force) {
  set(entity_id, std::move(state), std::move(attributes), context_of(entity_id), force);
}

void Home::write_state(std::string_view entity_id, std::string state, bool force) {
  StatePtr* const slot = states_.slot(entity_id);
  if (!slot || too_long(state)) {
    write(entity_id, std::move(state), slot ? (*slot)->attributes() : Json::object(), force);
    return;
  }
  const State* const before = slot->get();
  const TimePoint time = moment();
  if (before->state() == state && !force) {
    before->report(time);
    return;
  }
  const auto after = std::allocate_shared<const State>(
      base::BlockAllocator<State>(), *before, std::move(state), context_of(entity_id), time);
  // By its place, since looking it up again would cost as much as the rest.
  changed(std::exchange(*slot, after), after, time, after->context());
}

void Home::patch(std::string_view entity_id, std::optional<std::string> state, Json changes) {
  const StatePtr before = states_.find(entity_id);
  Json attributes = before ? before->attributes() : Json::object();
  if (changes.is_object()) {
    for (auto& [key, value] : changes.as_object()) attributes[key] = std::move(value);
  }
  write(entity_id, state ? std::move(*state) : state_text(entity_id), std::move(attributes));
}

void Home::report(std::string_view entity_id) {
  if (const StatePtr& found = states_.find(entity_id)) found->report(moment());
}

bool Home::remove(std::string_view entity_id, const Context& context) {
  const StatePtr removed = states_.remove(entity_id);
  if (!removed) return false;
  forget_scheduled(entity_id);
  transient_.erase(removed->entity_id());
  changed(removed, nullptr, moment(), context);
  return true;
}

void Home::place(StatePtr state) {
  recorder_.record(state, false, state->last_updated());
  states_.put(std::move(state));
}

void Home::add_entity(std::string_view entity_id, std::string state, Json attributes, bool force) {
  const TimePoint time = moment();
  const Context context = make_context();
  auto added = std::make_shared<const State>(std::string(entity_id), state,
                                             std::make_shared<const Attributes>(attributes),
                                             context, time, time);
  states_.put(added);
  // The registry's reaction to the new entity writes once more before any client hears of the first
  // write: where writes are forced, clients get the second event before the first.
  write(entity_id, std::move(state), std::move(attributes), force);
  changed(nullptr, std::move(added), time, context);
}

void Home::follow(Derived derived) {
  const auto index = derived_.size();
  for (const std::string& source : derived.sources) followers_[source].push_back(index);
  derived_.push_back(std::make_shared<Derived>(std::move(derived)));
}

void Home::tell_followers(const EventPtr& event) {
  const auto found = followers_.find(std::string_view(event->entity_id()));
  if (found == followers_.end()) return;
  for (const std::size_t index : std::vector(found->second)) {
    const std::shared_ptr<Derived> derived = derived_[index];
    if (derived->at_once) {
      refresh(*derived, event->context());
    } else if (waiting_.insert(index).second) {
      soon([this, derived, index, context = event->context()] {
        waiting_.erase(index);
        refresh(*derived, context);
      });
    }
  }
}

void Home::refresh(Derived& derived, const Context& context) {
  if (phase() == "NOT_RUNNING") return;  // what they follow may not be there yet
  const StatePtr current = states_.find(derived.entity_id);
  // Groups may hold each other, and so come back to one that is being told.
  if (!current || std::exchange(derived.is_refreshed, true)) return;
  struct Refreshed {
    bool& flag;
    ~Refreshed() { flag = false; }
  } const refreshed{derived.is_refreshed};
  attempt(derived.entity_id, [&] {
    const std::optional<std::string> state = derived.state();
    if (state) set(derived.entity_id, *state, current->attributes(), context);
  });
}

void Home::refresh_derived() {
  for (const auto& derived : std::vector(derived_)) refresh(*derived, make_context());
}

bool Home::is_derived(std::string_view entity_id) const {
  return std::ranges::any_of(derived_,
                             [&](const auto& derived) { return derived->entity_id == entity_id; });
}

void Home::touch(std::string_view entity_id, const Context& context) {
  touched_[std::string(entity_id)] = {context, now()};
}

Context Home::context_of(std::string_view entity_id) {
  if (touched_.empty()) return make_context();
  const auto found = touched_.find(entity_id);
  if (found != touched_.end()) {
    if (now() - found->second.at <= kContextRecent) return found->second.context;
    touched_.erase(found);
  }
  return make_context();
}

void Home::call(ServiceCall call, Done done) {
  services_.run(std::move(call), std::move(done));
}

void Home::sweep_later() {
  std::erase_if(later_, [](const auto& later) { return !later->running(); });
}

void Home::after(std::chrono::nanoseconds delay, std::function<void()> action) {
  after({}, delay, std::move(action));
}

void Home::after(std::string_view entity_id, std::chrono::nanoseconds delay,
                 std::function<void()> action) {
  if (!entity_id.empty()) forget_scheduled(entity_id);
  if (later_.size() >= 64) sweep_later();
  auto later = std::make_unique<Later>(std::string(entity_id), std::move(action));
  loop_.start_timer(*later, loop_.now() + delay);
  later_.push_back(std::move(later));
}

void Home::forget_scheduled(std::string_view entity_id) {
  for (const auto& later : later_) {
    if (later->entity == entity_id) later->stop();
  }
}

void Home::forget_all_scheduled() {
  for (const auto& later : later_) later->stop();
}

void Home::soon(std::function<void()> action) {
  loop_.defer([alive = std::weak_ptr<bool>(alive_), run = std::move(action)] {
    if (!alive.expired()) attempt("what followed from a change", run);
  });
}

}  // namespace hassette::sim
