#include "visit.hpp"

#include <hassette/error.hpp>

#include "ha/client.hpp"
#include "net/http.hpp"

namespace hassette::contract {

using std::chrono::milliseconds;
using std::chrono::seconds;

Visit::Visit(async::Loop& loop, std::uint16_t port, const std::string& token)
    : engine_(loop, pool_,
              ha::over_websocket(loop, {.base = net::local_url("http", port, "/"),
                                        .token = Secret(token),
                                        .retry_first = milliseconds(50),
                                        .retry_longest = milliseconds(500)}),
              observed_, observed_),
      connection_(loop, nullptr) {}

Task<> Visit::connect(Visit* self) {
  try {
    co_await self->engine_.run();
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    self->ended_with_ = std::current_exception();
  }
  self->ended_.set();
}

Task<> Visit::begin() {
  connection_.spawn(async::intern_label("engine", "connection"), connect(this));
  co_await io_timeout(when_any(engine_.ready(), ended_.wait()), seconds(30));
  if (ended_with_) std::rethrow_exception(ended_with_);
  instance_.emplace(engine_.services(), "guest", "guest");
  co_await instance_->start(app::type_of<Guest>(), std::make_shared<GuestConfig>(&guest_));
}

Task<> Visit::end() {
  if (instance_) co_await instance_->stop(CancelReason::kShutdown);
  co_await connection_.close(CancelReason::kShutdown);
}

std::string Visit::text(const char* entity) const {
  const auto state = guest_->states.get(entity);
  return state ? std::string(state->text()) : "(none)";
}

std::map<std::string, std::string> Visit::everything() const {
  std::map<std::string, std::string> all;
  for (const State& state : guest_->states.all()) {
    all.emplace(state.entity_id().str(),
                std::string(state.text()) + ' ' + state.attributes().dump());
  }
  return all;
}

void Contract::SetUp() {
  const Found found = find_home(GetParam());
  // Only the real one can be missing: on a machine of a developer without it. CI fails instead.
  if (!found.home) GTEST_SKIP() << found.why_not;
  home_ = found.home;
  log::add_sink(tap);
  relay = std::make_unique<Relay>(home_->port());
  visit_ = std::make_unique<Visit>(loop, relay->port(), home_->token());
  run(visit_->begin());
}

void Contract::TearDown() {
  if (!visit_) return;
  run(visit_->end());
  log::remove_sink(*tap);
  if (HasFailure()) {
    for (const std::string& line : tap->lines) std::cout << "logged: " << line << '\n';
  }
}

void Contract::run(Task<> task) {
  bool done = false;
  const auto watch = [](Task<> inner, bool* over) -> Task<> {
    try {
      co_await std::move(inner);
    } catch (...) {
      ADD_FAILURE() << async::describe(std::current_exception());
    }
    *over = true;
  };
  bodies_.spawn(async::intern_label("test", "body"), watch(std::move(task), &done));
  while (!done || bodies_.size() > 0) {
    if (!loop.turn(false) && !done) reactor.wait(milliseconds(1));
  }
}

Task<int> Contract::rest(std::string method, std::string path, Json body) {
  net::HttpRequest request{.method = std::move(method),
                           .target = std::move(path),
                           .headers = {{"Authorization", "Bearer " + home().token()},
                                       {"Content-Type", "application/json"}},
                           .body = body.is_null() ? "" : body.dump()};
  const net::HttpResponse response = co_await net::http_fetch(
      loop, net::local_url("http", home().port(), "/"), std::move(request), {}, seconds(30));
  co_return response.status;
}

}  // namespace hassette::contract
