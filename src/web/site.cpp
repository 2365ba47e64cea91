#include "web/site.hpp"

#include <algorithm>

#include <hassette/async.hpp>
#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "log/log.hpp"
#include "web/assets.hpp"
#include "web/patch.hpp"

namespace hassette::web {

using net::HttpRequest;
using net::HttpResponse;

namespace {
constexpr std::chrono::milliseconds kTick{250};
constexpr unsigned kTicksPerBeat =
    4;  // something is sent each second, so that silence means trouble
constexpr std::chrono::milliseconds kFresh{200};  // several pages share one snapshot

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void add_header(HttpResponse& response, std::string_view name, std::string_view value) {
  if (response.header(name).empty()) {
    response.headers.push_back({std::string(name), std::string(value)});
  }
}

void protect(HttpResponse& response) {
  add_header(response, "Content-Security-Policy", kPolicy);
  add_header(response, "X-Content-Type-Options", "nosniff");
  add_header(response, "X-Frame-Options", "DENY");
  add_header(response, "Referrer-Policy", "no-referrer");
  add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
  add_header(response, "Cache-Control", "no-store");
}

HttpResponse json_answer(const Json& value) {
  return {.body = value.dump(), .content_type = "application/json"};
}

std::int64_t milliseconds_of(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

/// What the page sends means nothing; reading notices that it has gone.
Task<> drain(net::WebSocket* socket) {
  for (;;) co_await socket->read();
}
}  // namespace

Site::Site(const telemetry::Board& board, Secret token, std::vector<std::string> hosts,
           std::chrono::milliseconds write_limit)
    : board_(board), access_(std::move(token), std::move(hosts)), write_limit_(write_limit) {}

Task<HttpResponse> Site::on_request(HttpRequest request) {
  HttpResponse response = route(request);
  protect(response);
  co_return response;
}

HttpResponse Site::route(const HttpRequest& request) {
  const std::string_view path = path_of(request.target);
  if (path == "/") {
    if (auto admitted = access_.admission(request)) return std::move(*admitted);
  }
  if (auto refused = access_.refusal(request)) return std::move(*refused);
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = text_answer(405, "Everything here is only for reading.");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  if (path == "/api/snapshot") {
    Json body = *snapshot();
    body["now"] = milliseconds_of(board_.now());
    return json_answer(body);
  }
  if (path == "/api/health") return json_answer(health());
  if (path == "/api/live") {
    return text_answer(426,
                       "This is a WebSocket. It needs an Origin that is this page's, or a bearer.");
  }
  return asset(path);
}

HttpResponse Site::asset(std::string_view path) const {
  const auto all = assets();
  const auto found = std::ranges::find(all, path, &Asset::path);
  if (found == all.end()) return text_answer(404, "There is nothing here. The page is at /.");
  HttpResponse response{.body = std::string(found->body),
                        .content_type = std::string(found->content_type)};
  if (path != "/") {
    response.headers.push_back({"Cache-Control", "private, max-age=31536000, immutable"});
  }
  return response;
}

Json Site::health() {
  const Snapshot current = snapshot();
  std::int64_t running = 0;
  Json bad = Json::array();
  for (const auto& [name, app] : (*current)["apps"].as_object()) {
    if (app["state"] == "running") ++running;
    if (app["health"] == "bad") bad.push_back(name);
  }
  const bool linked = (*current)["link"]["state"] == "connected";
  const bool blocked = (*current)["engine"].contains("blocked");
  const bool fine = linked && !blocked && bad.empty();
  Json health = Json::object();
  health["status"] = fine ? "ok" : "degraded";
  health["link"] = (*current)["link"]["state"];
  health["loop_blocked"] = blocked;
  health["apps_running"] = running;
  health["apps_bad"] = std::move(bad);
  return health;
}

Site::Snapshot Site::snapshot() {
  const async::MonoTime now = async::Loop::current()->now();
  if (!latest_ || now - latest_at_ >= kFresh) {
    latest_ = std::make_shared<const Json>(board_.snapshot());
    latest_at_ = now;
  }
  return latest_;
}

bool Site::accepts_websocket(const HttpRequest& request) {
  return path_of(request.target) == "/api/live" && access_.may_open_websocket(request);
}

Task<> Site::on_websocket(HttpRequest, net::WebSocket socket) {
  co_await when_any(drain(&socket), push(this, &socket));
}

/// `now` alone, or with the difference to what was sent before, or with everything.
Json Site::message(const Snapshot& sent, const Snapshot& current) const {
  Json message = Json::object();
  message["now"] = milliseconds_of(board_.now());
  if (!sent) {
    message["full"] = *current;
  } else if (sent != current) {
    if (Json patch = merge_patch(*sent, *current); !patch.empty())
      message["patch"] = std::move(patch);
  }
  return message;
}

Task<> Site::push(Site* site, net::WebSocket* socket) {
  Snapshot sent;
  std::uint64_t version = 0;
  for (unsigned tick = 0;; ++tick) {
    const bool beat = tick % kTicksPerBeat == 0;
    if (const std::uint64_t newest = site->board_.version(); beat || newest != version) {
      const Snapshot current = site->snapshot();
      const Json message = site->message(sent, current);
      version = newest;
      sent = current;
      // A page that takes its messages slowly gets fewer and larger ones: the next difference is
      // made only when this one is on its way.
      if (beat || message.contains("patch")) {
        try {
          co_await io_timeout(socket->write(message.dump()), site->write_limit_);
        } catch (const TimeoutError&) {
          co_return;  // a page that takes nothing would hold its place for ever
        }
      }
    }
    co_await sleep(kTick);
  }
}

void Site::on_fault(std::string_view target, const std::exception_ptr& error) noexcept {
  try {
    log::warning("the page's request {} failed: {}", path_of(target), async::describe(error));
  } catch (const std::exception&) {
    return;  // no memory for a line: the browser has its 500
  }
}

}  // namespace hassette::web
