// Requests and what comes in: commands with their replies, and the frames' way to the listener.
#include <fmt/format.h>

#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "ha/client.hpp"
#include "ha/reply.hpp"
#include "ha/unanswered.hpp"
#include "json/parse.hpp"
#include "log/log.hpp"
#include "net/error.hpp"
#include "net/http.hpp"

namespace hassette::ha {

namespace {

std::string with_id(std::uint64_t id, const Json& command) {
  // `id` goes first, as Home Assistant's own front end sends it.
  std::string text = fmt::format(R"({{"id":{})", id);
  for (const auto& [key, value] : command.as_object()) {
    text += ',';
    Json(key).dump_to(text);
    text += ':';
    value.dump_to(text);
  }
  return text + '}';
}

Json parse_result(const std::string& text) {
  if (text.empty()) return {};
  auto value = json::parse(text);
  if (!value) throw Error("protocol", "Home Assistant's answer is unreadable: " + value.error());
  return std::move(*value);
}

}  // namespace

Task<> Client::exchange(Json command, std::string what, std::chrono::nanoseconds limit,
                        Reply* reply, Patience patience) {
  if (!socket_) throw not_connected(what, link_.state);
  try {
    Task<> answered = send_and_wait(std::move(command), reply);
    if (patience == Patience::kLimit) {
      co_await io_timeout(std::move(answered), limit);
    } else if ((co_await when_any(std::move(answered), overdue(limit))).index() == 1) {
      throw no_answer(what, limit);
    }
  } catch (const net::NetError&) {
    reply->lost = true;
  } catch (const TimeoutError&) {
    throw no_answer(what, limit);
  }
  if (reply->lost && reply->id == 0) throw not_connected(what, link_.state);
  if (reply->lost) throw lost_before_answer(what);
  if (!reply->success) throw HomeAssistantError(reply->error_code, reply->error_message, what);
}

/// Returns once the limit has passed and nothing more is coming: a message that is still arriving
/// by then, such as the states of a large home over a slow link, may be the answer.
Task<> Client::overdue(std::chrono::nanoseconds limit) {
  for (std::uint64_t before = 0;;) {
    co_await io_sleep(limit);
    if (!socket_ || !socket_->is_receiving() || socket_->received() == before) co_return;
    before = socket_->received();
  }
}

Task<> Client::send_and_wait(Json command, Reply* reply) {
  if (!socket_) {  // lost since it was asked for
    reply->lose();
    co_return;
  }
  // The id is taken where the command leaves: Home Assistant refuses ids that do not increase.
  reply->enter(pending_, ++last_id_);
  co_await socket_->write(with_id(reply->id, command));
  co_await reply->arrived.wait();
}

Task<Json> Client::call(Json command, std::string what, std::chrono::nanoseconds limit) {
  Reply reply;
  co_await exchange(std::move(command), std::move(what), limit, &reply);
  co_return parse_result(reply.result);
}

Task<Json> Client::first_push(Json command, std::string what, std::chrono::nanoseconds limit) {
  Reply reply;
  std::exception_ptr error;
  try {
    co_await exchange(std::move(command), what, limit, &reply);
    co_await await_push(what, limit, &reply);
  } catch (...) {
    error = std::current_exception();
  }
  // However it ended, Home Assistant is not left with a subscription that nobody reads.
  const bool refused = reply.arrived.is_set() && !reply.success;
  if (reply.id != 0 && !reply.lost && !refused) co_await io_shield(unsubscribe(reply.id), limit);
  if (error) std::rethrow_exception(error);
  co_return parse_result(*reply.push);
}

/// The event may have come before the result, or comes now.
Task<> Client::await_push(std::string what, std::chrono::nanoseconds limit, Reply* reply) {
  try {
    co_await io_timeout(reply->pushed.wait(), limit);
  } catch (const TimeoutError&) {
    throw no_answer(what, limit);
  }
  if (reply->lost && !reply->push) throw lost_before_answer(what);
}

Task<> Client::unsubscribe(std::uint64_t id) {
  try {
    co_await call({{"type", "unsubscribe_events"}, {"subscription", id}}, "unsubscribing",
                  options_.answer_limit);
  } catch (const Error&) {  // one that is gone needs no ending
  }
}

Task<std::pair<int, std::string>> Client::get(std::string path, std::string what) {
  if (!socket_) throw not_connected(what, link_.state);
  net::HttpRequest request{
      .method = "GET",
      .target = (options_.base.target == "/" ? "" : options_.base.target) + path,
      .headers = {{"Authorization", "Bearer " + options_.token.reveal()}}};
  try {
    net::HttpResponse response = co_await net::http_fetch(
        loop_, options_.base, std::move(request), options_.tls,
        std::chrono::duration_cast<std::chrono::milliseconds>(options_.answer_limit));
    co_return std::pair(response.status, std::move(response.body));
  } catch (const net::NetError& error) {
    throw ConnectionLostError(what + ": " + error.what(), false);
  }
}

// --- what comes in

void Client::on_expected(std::string_view entity_id) {
  if (synchronised_) listener_.on_expected(entity_id);
}

void Client::on_change(const WireChange& change) {
  // Before the snapshot, its states say more than single changes do.
  if (synchronised_) listener_.on_change(change);
}

void Client::on_event(const WireEvent& event) {
  if (!socket_) return;  // what talks before the authentication is not heard
  if (event.type == "core_config_updated" || event.type == "homeassistant_started") {
    maybe_running_.set();
  }
  if (event.type == "core_config_updated") config_changed_.set();
  auto data = json::parse(event.data);
  listener_.on_event({.type = std::string(event.type),
                      .data = data ? std::move(*data) : Json(),
                      .origin = event.remote ? Origin::kRemote : Origin::kLocal,
                      .time_fired = event.time_fired,
                      .context = model::parse_context(event.context)});
}

void Client::on_push(std::uint64_t id, std::string_view event) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) {
    if (id > last_id_ || id == 0) on_garbage(Garbage::kUnknownId, event);
    return;
  }
  if (!found->second->push) found->second->push.emplace(event);
  found->second->pushed.set();
}

void Client::on_result(const WireResult& result) {
  const auto found = pending_.find(result.id);
  if (found == pending_.end()) {
    // An id that was asked and given up on is answered late, or twice; others were never asked.
    if (result.id > last_id_ || result.id == 0) on_garbage(Garbage::kUnknownId, result.result);
    return;
  }
  Reply& reply = *found->second;
  if (reply.arrived.is_set()) return;
  reply.success = result.success;
  reply.error_code = result.error_code;
  reply.error_message = result.error_message;
  if (result.success && reply.on_result) {
    reply.on_result(result.result);
  } else {
    reply.result = result.result;
  }
  reply.arrived.set();
}

void Client::on_pong(std::uint64_t id) {
  if (id > last_id_) on_garbage(Garbage::kUnknownId, "pong");
}

void Client::on_auth(std::string_view type, std::string_view message, std::string_view version) {
  if (socket_) {
    on_garbage(Garbage::kUnknownType, type);
    return;
  }
  auth_type_ = type;
  auth_message_ = message;
  if (!version.empty()) link_.ha_version = log::masked(std::string(version));
}

void Client::on_garbage(Garbage kind, std::string_view text) {
  listener_.on_garbage(kind);
  // Before authentication, what answers may be no Home Assistant at all; that is told as a whole.
  if (garbage_[kind]++ > 0 || !socket_) return;
  // The text may hold anything, so only its size is shown.
  Logger("engine").warning(
      "Home Assistant sent {} ({} bytes); it is ignored, and counted from now on", to_string(kind),
      text.size());
}

/// The reason of the outage is told with each; what sends it is told once, as all garbage is.
void Client::count_too_large() {
  listener_.on_garbage(Garbage::kTooLarge);
  if (garbage_[Garbage::kTooLarge]++ > 0) return;
  Logger("engine").warning(
      "Home Assistant sent {} (over {} MiB); it costs the connection, and is counted from now on",
      to_string(Garbage::kTooLarge), net::WebSocketLimits{}.max_message >> 20);
}

}  // namespace hassette::ha
