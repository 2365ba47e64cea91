#include "harness/home_connection.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include <hassette/api.hpp>
#include "ha/unanswered.hpp"
#include "json/parse.hpp"
#include "sim/rest.hpp"

namespace hassette::harness {

namespace {

constexpr const char* kToken = "harness";

std::string service_of(const Json& command) {
  if (command["type"] != Json("call_service")) return {};
  return command["domain"].as_string() + "." + command["service"].as_string();
}

}  // namespace

std::string text_of(const sim::Context& context) {
  std::string text;
  sim::append_json(context, text);
  return text;
}

model::WireState to_wire(const sim::State& state, std::string_view context) {
  return {.entity_id = state.entity_id(),
          .state = state.state(),
          .attributes = state.shared_attributes()->text,
          .context = context,
          .last_changed = state.last_changed(),
          .last_updated = state.last_updated()};
}

HomeConnection::HomeConnection(sim::Home& home, ha::HomeListener& listener, CallListener& calls)
    : home_(home),
      listener_(listener),
      calls_(calls),
      access_{.token = kToken, .plain_token = {}},
      self_(std::make_shared<HomeConnection*>(this)) {
  listening_ = home_.bus().listen(sim::EventBus::kAll, [this](const sim::EventPtr& event) {
    if (session_) arrive(event);
  });
}

HomeConnection::~HomeConnection() {
  home_.bus().forget(listening_);
}

// --- the link

Task<> HomeConnection::run() {
  for (;;) {
    reachable_changed_.clear();
    if (reachable_ && !session_) co_await connect();
    if (!reachable_ && session_) cut();
    if (!reachable_changed_.is_set()) co_await reachable_changed_.wait();
  }
}

Task<> HomeConnection::connect() {
  sim::Wire& wire = *this;
  session_ = std::make_unique<sim::Session>(home_, wire, access_);
  session_->open();
  session_->receive(Json({{"type", "auth"}, {"access_token", kToken}}).dump());
  link_.ha_version = home_.config()["version"].as_string();
  if (home_.phase() != "RUNNING") {
    set_link(ha::LinkState::kStarting, "Home Assistant is still starting");
    while (home_.phase() != "RUNNING") co_await sleep(std::chrono::seconds(1));
  }
  hand_over_snapshot();
  set_link(ha::LinkState::kConnected, {});
}

void HomeConnection::cut() {
  session_.reset();
  arrived_.clear();
  for (const auto& [id, pending] : std::exchange(pending_, {})) {
    pending->lost = true;
    pending->answered.set();
    pending->pushed.set();
  }
  ++link_.reconnects;
  set_link(ha::LinkState::kLost, "the connection was closed");
}

void HomeConnection::set_reachable(bool reachable) {
  reachable_ = reachable;
  reachable_changed_.set();
}

void HomeConnection::set_link(ha::LinkState state, std::string message) {
  link_.state = state;
  link_.message = std::move(message);
  link_is(state);
  listener_.on_link(link_);
}

void HomeConnection::hand_over_snapshot() {
  const Json& config = home_.config();
  const std::vector<sim::StatePtr> all = home_.states().all();
  std::vector<std::string> contexts;
  contexts.reserve(all.size());
  std::vector<model::WireState> states;
  states.reserve(all.size());
  for (const sim::StatePtr& state : all) {
    contexts.push_back(text_of(state->context()));
    states.push_back(to_wire(*state, contexts.back()));
  }
  listener_.on_snapshot({.name = config["location_name"].as_string(),
                         .time_zone = config["time_zone"].as_string(),
                         .version = config["version"].as_string(),
                         .state = home_.phase(),
                         .latitude = config["latitude"].get<double>().value_or(0),
                         .longitude = config["longitude"].get<double>().value_or(0),
                         .elevation = config["elevation"].get<double>().value_or(0)},
                        states);
}

// --- what comes in

// Nothing is handed over inside of what caused it: a real home is another process.
void HomeConnection::arrive(Arrival arrival) {
  arrived_.push_back(std::move(arrival));
  if (std::exchange(delivery_due_, true)) return;
  home_.loop().defer([weak = std::weak_ptr(self_)] {
    if (const auto self = weak.lock()) (*self)->deliver();
  });
}

void HomeConnection::deliver() {
  delivery_due_ = false;
  for (std::size_t left = arrived_.size(); left > 0 && !arrived_.empty(); --left) {
    const Arrival next = std::move(arrived_.front());
    arrived_.pop_front();
    if (const auto* event = std::get_if<sim::EventPtr>(&next)) {
      hand_over(**event);
      continue;
    }
    const Json message = json::parse(std::get<std::string>(next)).value();
    if (!message.is_array()) {
      take(message);
      continue;
    }
    for (const Json& one : message.as_array()) take(one);
  }
}

void HomeConnection::hand_over(const sim::Event& event) {
  if (event.type() != "state_changed") {
    if (!wanted_.contains(event.type())) return;
    listener_.on_event({.type = event.type(),
                        .data = event.data(),
                        .time_fired = event.time(),
                        .context = {.id = event.context().id,
                                    .parent_id = event.context().parent_id,
                                    .user_id = event.context().user_id}});
    return;
  }
  context_text_.clear();
  sim::append_json(event.context(), context_text_);
  ha::WireChange change{.entity_id = event.entity_id(),
                        .state = {},
                        .time_fired = event.time(),
                        .context = context_text_};
  if (event.after()) change.state = to_wire(*event.after(), context_text_);
  listener_.on_change(change);
}

void HomeConnection::take(const Json& message) {
  const auto id = static_cast<std::uint64_t>(message["id"].get<std::int64_t>().value_or(0));
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  if (message["type"] == Json("result")) {
    Pending& pending = *found->second;
    if (pending.caller.what.empty()) {
      answered(id, message);
    } else {
      hold(pending.caller, [this, id, message] { answered(id, message); });
    }
  } else if (message["type"] == Json("event")) {
    found->second->event = message["event"];
    found->second->pushed.set();
  }
}

void HomeConnection::answered(std::uint64_t id, Json message) {
  Pending& pending = *pending_.at(id);
  pending.result = std::move(message);
  pending.answered.set();
}

// --- answers that are held

HomeConnection::Caller::Caller(HomeConnection& its_connection, const std::string& its_what)
    : connection(its_connection) {
  if (!connection.holds_) return;
  const async::Label& label = connection.home_.loop().running()->outermost().label();
  if (connection.holds_(label)) {
    what = fmt::format("the answer to {} for {} `{}`", its_what, label.app, label.task);
  }
}

void HomeConnection::hold(Caller& caller, std::function<void()> release) {
  caller.held = ++held_so_far_;
  held_.push_back({caller.held, caller.what, home_.loop().now(), std::move(release)});
}

void HomeConnection::forget_held(std::uint64_t number) {
  if (number == 0) return;
  std::erase_if(held_, [&](const Held& held) { return held.number == number; });
}

void HomeConnection::release(std::size_t place) {
  const Held held = std::move(held_[place]);
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(place));
  held.release();
}

void HomeConnection::release_all() {
  holds_ = nullptr;
  while (!held_.empty()) release(0);
}

// --- what goes out

class HomeConnection::Limit final : async::Timer {
 public:
  Limit(async::Loop& loop, Pending& pending) : pending_(pending) {
    loop.start_timer(*this, pending.deadline);
  }

 private:
  void fire() override {
    pending_.late = true;
    pending_.answered.set();
    pending_.pushed.set();
  }
  Pending& pending_;
};

Task<> HomeConnection::send_and_wait(Json command, std::string what, Pending* pending) {
  if (!session_) throw ha::not_connected(what, link_.state);  // since it was asked for
  const std::uint64_t id = ++last_id_;
  struct Entry {
    std::map<std::uint64_t, Pending*>& map;
    std::uint64_t id;
    ~Entry() { map.erase(id); }
  } const entry{pending_, id};
  pending_.emplace(id, pending);
  const Limit limit(home_.loop(), *pending);
  const bool has_push = command["type"] == Json("render_template");
  command["id"] = id;
  session_->receive(command.dump());
  const auto check = [&] {
    if (pending->lost) throw ha::lost_before_answer(what);
    if (!pending->late) return;
    throw ha::no_answer(what, pending->limit);
  };
  co_await pending->answered.wait();
  check();
  if (pending->result["success"] != Json(true)) {
    const Json& error = pending->result["error"];
    throw HomeAssistantError(error["code"].get<std::string>().value_or("unknown_error"),
                             error["message"].get<std::string>().value_or(""), what);
  }
  if (!has_push) co_return;
  co_await pending->pushed.wait();
  check();
  if (session_) {
    session_->receive(
        Json({{"id", ++last_id_}, {"type", "unsubscribe_events"}, {"subscription", id}}).dump());
  }
}

/// What the test has planned for this service, before the home hears of the call.
Task<> HomeConnection::spoil(std::string service, std::string what,
                             std::chrono::nanoseconds limit) {
  const auto planned = spoiled_.find(service);
  if (planned == spoiled_.end()) co_return;
  const bool silent = planned->second.silent;
  const std::chrono::nanoseconds delay = planned->second.delay;
  if (silent || delay >= limit) {
    co_await sleep(limit);
    throw ha::no_answer(what, limit);
  }
  if (delay > std::chrono::nanoseconds(0)) co_await sleep(delay);
  Spoiled& now = spoiled_[service];
  if (now.refusals == 0) co_return;
  --now.refusals;
  throw HomeAssistantError(now.code, now.message, what);
}

Task<Json> HomeConnection::call(Json command, std::string what, std::chrono::nanoseconds limit) {
  if (!session_) throw ha::not_connected(what, link_.state);
  const std::string service = service_of(command);
  const std::optional<std::size_t> number =
      service.empty() ? std::nullopt : std::optional(calls_.called(command));
  Pending pending(*this, what, limit);
  std::exception_ptr error;
  try {
    if (!spoiled_.empty()) co_await spoil(service, what, limit);
    co_await send_and_wait(std::move(command), what, &pending);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    if (number) calls_.refused(*number, async::describe(error));
    std::rethrow_exception(error);
  }
  co_return pending.result["result"];
}

Task<Json> HomeConnection::first_push(Json command, std::string what,
                                      std::chrono::nanoseconds limit) {
  if (!session_) throw ha::not_connected(what, link_.state);
  Pending pending(*this, what, limit);
  co_await send_and_wait(std::move(command), std::move(what), &pending);
  co_return pending.event;
}

Task<std::pair<int, std::string>> HomeConnection::get(std::string path, std::string what) {
  if (!session_) throw ha::not_connected(what, link_.state);
  struct Answer {
    sim::RestAnswer given;
    AsyncEvent arrived;
  };
  const auto answer = std::make_shared<Answer>();  // it may come when nobody waits any more
  Caller caller(*this, what);
  const sim::RestRequest request{
      .target = std::move(path), .authorization = fmt::format("Bearer {}", kToken), .body = {}};
  sim::answer_rest(home_, access_, request, [answer, waits = !caller.what.empty()](auto given) {
    answer->given = std::move(given);
    if (!waits) answer->arrived.set();
  });
  if (!caller.what.empty()) hold(caller, [answer] { answer->arrived.set(); });
  co_await answer->arrived.wait();
  co_return std::pair(answer->given.status, std::move(answer->given.body));
}

Task<> HomeConnection::want(std::string event_type) {
  wanted_.insert(std::move(event_type));
  co_return;
}

}  // namespace hassette::harness
