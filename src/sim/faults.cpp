#include "sim/faults.hpp"

#include <algorithm>

#include <hassette/async.hpp>

#include "base/glob.hpp"
#include "sim/server_impl.hpp"

namespace hassette::sim {

void Faults::drop() {
  sim_.impl_->server.drop_all();
}

void Faults::close(std::uint16_t code) {
  for (Connection* connection : std::vector(sim_.impl_->connections)) {
    connection->session().close(code);
  }
}

void Faults::refuse() {
  sim_.impl_->server.set_accepting(false);
}

void Faults::accept() {
  sim_.impl_->server.set_accepting(true);
}

Task<> Faults::refuse_for(std::chrono::milliseconds time) {
  refuse();
  co_await sleep(time);
  accept();
}

void Faults::half_open(bool frozen) {
  sim_.impl_->server.freeze(frozen);
}

void Faults::delay(std::chrono::milliseconds by) {
  sim_.impl_->delay = by;
}

void Faults::refuse_token(bool refused) {
  sim_.impl_->access.refuse_all = refused;
}

void Faults::unavailable(bool busy) {
  sim_.impl_->busy = busy;
}

Restart& Faults::changes_at_restart() {
  return sim_.impl_->restart;
}

Task<> Faults::restart(RestartTimes times) {
  // Clients never hear of homeassistant_stop: their connections go first.
  close(1000);
  refuse();
  sim_.impl_->restart.shut_down();
  co_await sleep(times.refused);
  accept();
  co_await sim_.impl_->restart.boot(times);
}

namespace {

// Another state of the same kind, so that every write is a change.
std::string next_state(const std::string& state, std::uint64_t count) {
  if (state == "on") return "off";
  if (state == "off") return "on";
  const bool numeric =
      !state.empty() && state.find_first_not_of("-.0123456789") == std::string::npos;
  if (numeric) {
    std::string next = std::to_string(count + 1);
    return next == state ? next + ".5" : next;
  }
  return "flood " + std::to_string(count);
}

bool wanted(const std::string& entity_id, const std::vector<std::string>& globs) {
  return globs.empty() || std::ranges::any_of(globs, [&](const std::string& glob) {
           return base::glob_match(glob, entity_id);
         });
}

}  // namespace

Task<std::uint64_t> Faults::flood(FloodOptions options) {
  SimulatedHome::Impl& impl = *sim_.impl_;
  constexpr std::uint64_t kBatch = 64;
  std::vector<std::string> entity_ids;
  impl.home.states().for_each([&](const StatePtr& state) {
    if (wanted(state->entity_id(), options.globs)) entity_ids.push_back(state->entity_id());
  });
  const async::MonoTime begin = impl.loop.now();
  std::uint64_t made = 0;
  while (made < options.events && !entity_ids.empty()) {
    const bool behind = std::ranges::any_of(impl.connections, [&](Connection* connection) {
      return connection->session().pending() > options.most_pending;
    });
    std::uint64_t allowed = options.events;
    if (options.per_second > 0) {
      const std::chrono::duration<double> passed = impl.loop.now() - begin;
      allowed = static_cast<std::uint64_t>(passed.count() * options.per_second);
    }
    if (behind || made >= allowed) {
      // A client that reads frees its queue; a rate needs time to pass.
      if (behind)
        co_await yield();
      else
        co_await sleep(std::chrono::milliseconds(1));
      continue;
    }
    for (std::uint64_t i = 0; i < kBatch && made < std::min(allowed, options.events); ++i, ++made) {
      const std::string& entity_id = entity_ids[made % entity_ids.size()];
      const StatePtr& state = impl.home.state(entity_id);
      if (state) impl.home.write_state(entity_id, next_state(state->state(), made));
    }
    co_await yield();
  }
  co_return made;
}

void Faults::send_raw(const std::string& frame) {
  for (Connection* connection : sim_.impl_->connections) connection->send(frame);
}

void Faults::send_garbage(Garbage kind) {
  constexpr std::size_t kOverLimit = (64u << 20) + 1024;
  switch (kind) {
    case Garbage::kTruncated:
      send_raw(R"({"id":1,"type":"event","event":{"event_type":"state_changed","data":{"ent)");
      break;
    case Garbage::kNotJson:
      send_raw("<html><body>502 Bad Gateway</body></html>");
      break;
    case Garbage::kUnknownType:
      send_raw(R"({"id":1,"type":"surprise","value":[1,2,3]})");
      break;
    case Garbage::kUnknownId:
      send_raw(R"({"id":987654321,"type":"result","success":true,"result":null})");
      send_raw(R"({"id":987654322,"type":"event","event":{}})");
      break;
    case Garbage::kWrongShape:
      send_raw(R"({"id":"one","type":7})");
      send_raw(R"({"type":"event","event":{"event_type":"state_changed","data":[]},"id":1})");
      send_raw(R"([null,5,"text",{}])");
      break;
    case Garbage::kBadUtf8:
      send_raw("{\"id\":1,\"type\":\"\xC3\x28\xFF\"}");
      break;
    case Garbage::kDeep:
      send_raw(std::string(10'000, '[') + std::string(10'000, ']'));
      break;
    case Garbage::kOversized:
      for (Connection* connection : sim_.impl_->connections) {
        connection->send('"' + std::string(kOverLimit, 'x') + '"');
      }
      break;
  }
}

void Faults::quiet_write(const std::string& entity_id) {
  sim_.impl_->home.report(entity_id);
}

}  // namespace hassette::sim
