#include <hassette/test_home.hpp>

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <hassette/duration.hpp>
#include "base/nearest.hpp"
#include "base/service_name.hpp"
#include "harness/known.hpp"
#include "harness/parts.hpp"

namespace hassette {

namespace {

/// Where a test ends up that waits for what never comes while other things go on.
constexpr std::chrono::hours kLongestStart{1};

std::string snake_case(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !text.empty()) text += '_';
    text += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

void must_be_known(std::string problem) {
  if (!problem.empty()) throw LogicError(std::move(problem));
}

}  // namespace

std::uint64_t test_seed() {
  const char* const text = std::getenv("HASSETTE_TEST_SEED");
  if (!text) return 1;
  const std::string_view digits = text;
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw LogicError(fmt::format("HASSETTE_TEST_SEED must be a number, got `{}`", digits));
  }
  return seed;
}

TestHome::TestHome(HarnessOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {
  parts_->open();
}

TestHome::TestHome(HarnessOptions options, harness::ExploredRun& run)
    : TestHome(std::move(options)) {
  parts_->explore(run);
}

TestHome::~TestHome() {
  finish();
}

std::string TestHome::type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  std::string_view name = status == 0 ? text.get() : type.name();
  if (const auto colon = name.rfind(':'); colon != std::string_view::npos) {
    name.remove_prefix(colon + 1);
  }
  return snake_case(name);
}

AppBase& TestHome::start_app(const plugin::AppType& type, std::shared_ptr<void> config,
                             const std::string& name) {
  for (const auto& instance : parts_->instances) {
    if (instance->name() != name || !instance->running()) continue;
    throw LogicError(
        fmt::format("an app named `{}` runs already; give the second one a name of its own: "
                    "start<…>(config, \"name\")",
                    name));
  }
  app::Services services = parts_->engine.services();
  services.task_failed = [tape = &parts_->tape](const async::Label& label,
                                                const std::exception_ptr& error) {
    tape->failed(fmt::format("{} `{}`: {}", label.app, label.task, async::describe(error)));
  };
  auto instance = std::make_unique<app::Instance>(services, name, name);
  app::Instance& started = *parts_->instances.emplace_back(std::move(instance));
  try {
    parts_->complete(started.start(&type, std::move(config)), kLongestStart);
  } catch (...) {
    parts_->instances.pop_back();
    throw;
  }
  parts_->settle();
  return started.object();
}

void TestHome::stop(const std::string& name) {
  parts_->settle();
  std::vector<std::string> known;
  for (const auto& instance : parts_->instances) {
    known.push_back(instance->name());
    if (instance->name() == name && instance->running()) parts_->stop(*instance);
  }
  if (std::ranges::find(known, name) != known.end()) return;
  throw LogicError(
      fmt::format("no app named `{}` was started{}", name, base::did_you_mean(name, known)));
}

void TestHome::stop() {
  parts_->settle();
  for (auto at = parts_->instances.rbegin(); at != parts_->instances.rend(); ++at) {
    if ((*at)->running()) parts_->stop(**at);
  }
}

std::vector<std::string> TestHome::finish() {
  if (!parts_->is_open) return {};
  if (parts_->moves) {
    parts_->settle();
    parts_->explored->ended(*this);
    // How the apps stop is no part of what is explored.
    parts_->moves.reset();
    parts_->connection->release_all();
  }
  stop();
  return parts_->close();
}

// --- the home

void TestHome::set_state(const EntityId& entity, std::string state) {
  if (!parts_->explores()) {  // the short way: a test may do this a million times
    parts_->loop.assert_thread("the TestHome");
    parts_->home.write_state(entity.str(), std::move(state));
    parts_->settle();
    return;
  }
  const std::string what = "becomes " + state;
  parts_->happen(entity.str(), what, [this, id = entity.str(), state = std::move(state)]() mutable {
    parts_->home.write_state(id, std::move(state));
  });
}

void TestHome::set_state(const EntityId& entity, std::string state, Json attributes) {
  const std::string what = "becomes " + state;
  parts_->happen(entity.str(), what,
                 [this, id = entity.str(), state = std::move(state),
                  attributes = std::move(attributes)]() mutable {
                   parts_->home.write(id, std::move(state), std::move(attributes));
                 });
}

void TestHome::set_attribute(const EntityId& entity, const std::string& name, Json value) {
  // In an exploration, what makes the entity may be under way.
  if (!parts_->explores()) must_be_known(harness::unknown_entity(parts_->home, entity.str()));
  Json changes = Json::object();
  changes[name] = std::move(value);
  parts_->happen(entity.str(), "has another " + name,
                 [this, id = entity.str(), changes = std::move(changes)]() mutable {
                   const std::string problem = harness::unknown_entity(parts_->home, id);
                   if (!problem.empty()) parts_->tape.failed("set_attribute: " + problem);
                   parts_->home.patch(id, {}, std::move(changes));
                 });
}

void TestHome::remove_entity(const EntityId& entity) {
  parts_->happen(entity.str(), "is removed", [this, id = entity.str()] {
    parts_->home.remove(id, parts_->home.make_context());
  });
}

std::optional<State> TestHome::state(const EntityId& entity) const {
  parts_->settle();
  const sim::StatePtr& state = parts_->home.state(entity.str());
  if (!state) return std::nullopt;
  return model::make_state(entity, harness::to_wire(*state, harness::text_of(state->context())));
}

void TestHome::load_states(const Json& states) {
  parts_->settle();
  for (const Json& state : states.as_array()) parts_->place(sim::state_from_json(state));
}

void TestHome::simulate_state_change(const EntityId& entity, std::string old_state,
                                     std::string new_state, std::optional<Json> attributes) {
  const std::string what = fmt::format("changes from {} to {}", old_state, new_state);
  parts_->happen(entity.str(), what,
                 [this, id = entity.str(), before = std::move(old_state),
                  after = std::move(new_state), attributes = std::move(attributes)]() mutable {
                   const sim::StatePtr& there = parts_->home.state(id);
                   Json now = attributes ? std::move(*attributes)
                              : there    ? there->attributes()
                                         : Json::object();
                   parts_->place(id, std::move(before), now);
                   parts_->home.write(id, std::move(after), std::move(now));
                 });
}

void TestHome::simulate_attribute_change(const EntityId& entity, const std::string& name,
                                         Json old_value, Json new_value) {
  parts_->happen(entity.str(), "has another " + name,
                 [this, id = entity.str(), name, before = std::move(old_value),
                  after = std::move(new_value)]() mutable {
                   const sim::StatePtr there = parts_->home.state(id);
                   Json attributes = there ? there->attributes() : Json::object();
                   attributes[name] = std::move(before);
                   parts_->place(id, there ? there->state() : std::string("unknown"), attributes);
                   attributes[name] = std::move(after);
                   parts_->home.write(id, parts_->home.state_text(id), std::move(attributes));
                 });
}

void TestHome::simulate_event(std::string type, Json data) {
  const std::string key = "event " + type;
  parts_->happen(key, "comes", [this, type = std::move(type), data = std::move(data)]() mutable {
    parts_->home.fire(std::move(type), std::move(data), parts_->home.make_context());
  });
}

void TestHome::simulate_call_service(std::string_view domain, std::string_view service, Json data) {
  if (!base::names_service(domain, service)) {
    throw LogicError(base::two_arguments("home.simulate_call_service", domain, service));
  }
  simulate_event("call_service",
                 {{"domain", domain}, {"service", service}, {"service_data", std::move(data)}});
}

void TestHome::simulate_component_loaded(std::string_view component) {
  simulate_event("component_loaded", {{"component", component}});
}

void TestHome::simulate_service_registered(std::string_view domain, std::string_view service) {
  simulate_event("service_registered", {{"domain", domain}, {"service", service}});
}

void TestHome::simulate_homeassistant_start() {
  simulate_event("homeassistant_start");
  simulate_event("homeassistant_started");
}

void TestHome::simulate_homeassistant_stop() {
  simulate_event("homeassistant_stop");
  simulate_event("homeassistant_final_write");
}

void TestHome::furnish() {
  parts_->settle();
  parts_->house.furnish();
  parts_->reload();
  simulate_event("entity_registry_updated", {{"action", "create"}});
}

void TestHome::live_in_it() {
  parts_->background.spawn(async::intern_label("house", "residents"), parts_->house.live());
}

// --- time

TimePoint TestHome::now() const {
  parts_->loop.assert_thread("TestHome::now");
  return parts_->loop.wall() +
         std::chrono::duration_cast<TimePoint::duration>(parts_->now() - parts_->loop.now());
}

LocalTime TestHome::local_now() const {
  return parts_->zone.to_local(now());
}

void TestHome::advance(std::chrono::nanoseconds by) {
  if (by < std::chrono::nanoseconds::zero()) {
    throw LogicError("time does not go back", format_duration(by));
  }
  parts_->advance_to(async::later(parts_->now(), by));
}

void TestHome::advance_to(TimePoint at) {
  if (at > now()) advance(at - now());
}

void TestHome::advance_to(TimeOfDay at) {
  advance_to(parts_->zone.next_daily(now(), at));
}

void TestHome::settle() {
  parts_->settle();
}

bool TestHome::run_until(const std::function<bool()>& condition, std::chrono::nanoseconds limit) {
  return parts_->run_until(condition, limit);
}

void TestHome::step_wall_clock(std::chrono::microseconds by) {
  parts_->settle();
  parts_->clock.step_wall(by);
  parts_->settle();
}

// --- what can go wrong

void TestHome::disconnect() {
  parts_->settle();
  parts_->connection->set_reachable(false);
  parts_->settle();
}

void TestHome::reconnect() {
  parts_->settle();
  parts_->connection->set_reachable(true);
  parts_->settle();
}

void TestHome::away_for(std::chrono::nanoseconds time) {
  disconnect();
  advance(time);
  reconnect();
}

void TestHome::fail_service(const std::string& service, std::string code, std::string message,
                            std::size_t times) {
  parts_->settle();
  must_be_known(explain_unknown(service));
  harness::Spoiled& planned = parts_->connection->spoiled(service);
  planned.refusals = times;
  planned.code = std::move(code);
  planned.message = std::move(message);
}

void TestHome::delay_service(const std::string& service, std::chrono::nanoseconds by) {
  parts_->settle();
  must_be_known(explain_unknown(service));
  parts_->connection->spoiled(service).delay = by;
}

void TestHome::silence_service(const std::string& service) {
  parts_->settle();
  must_be_known(explain_unknown(service));
  parts_->connection->spoiled(service).silent = true;
}

void TestHome::add_service(const std::string& service, Json response) {
  parts_->settle();
  const auto dot = service.find('.');
  if (dot == std::string::npos) {
    throw LogicError("a service is written as domain.service", service);
  }
  parts_->home.services().add(
      {.domain = service.substr(0, dot),
       .name = service.substr(dot + 1),
       .schema = sim::Schema(std::vector<sim::Field>()),
       .responds = response.is_null() ? sim::Responds::kNever : sim::Responds::kOptional,
       .run = [response = std::move(response)](
                  sim::Home&,
                  const sim::ServiceCall&) { return sim::Outcome{.response = response}; },
       .run_for_entity = {},
       .checked = false,
       .description = {}});
}

// --- what the apps did

const std::vector<RecordedCall>& TestHome::calls() const {
  parts_->settle();
  return parts_->tape.calls();
}

void TestHome::forget_calls() {
  parts_->settle();
  parts_->tape.forget_calls();
}

std::vector<std::string> TestHome::tape(std::size_t lines) const {
  parts_->settle();
  return parts_->tape.lines(lines);
}

const std::vector<std::string>& TestHome::errors() const {
  parts_->settle();
  return parts_->tape.errors();
}

void TestHome::expect_error(std::string part) {
  parts_->expected.push_back(std::move(part));
}

}  // namespace hassette
