#include "daemon/engine_process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>

#include "app/engine.hpp"
#include "app/reporter.hpp"
#include "async/watchdog.hpp"
#include "base/version.hpp"
#include "build/abi.hpp"
#include "build/cache.hpp"
#include "build/compiler.hpp"
#include "daemon/crash_note.hpp"
#include "daemon/folder_lock.hpp"
#include "daemon/last_resort.hpp"
#include "daemon/signals.hpp"
#include "ha/client.hpp"
#include "host/app_host.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"
#include "net/asio_reactor.hpp"
#include "net/error.hpp"
#include "web/token.hpp"
#include "web/web_server.hpp"

namespace hassette::daemon {

namespace {

using std::chrono::milliseconds;

// An app holds two of them at most, so that a few which block leave some for the others; compilers
// have their own.
constexpr std::size_t kPoolThreads = 8;
constexpr std::size_t kCompilers = 2;
constexpr milliseconds kHoldLimit{100};

ha::ClientOptions client_options(const config::Settings& settings) {
  const config::BaseUrl& base = settings.base_url;
  return {.base = {.scheme = base.tls ? "https" : "http",
                   .host = base.host,
                   .port = base.port,
                   .target = base.path.empty() ? "/" : base.path},
          .token = settings.token,
          .tls = {.verify = settings.verify_ssl,
                  .ca_file = settings.ca_file ? settings.ca_file->string() : std::string()},
          .seed = std::random_device()()};
}

/// "5 apps run", "5 of 6 apps run (failed: door_alert)".
std::string tell_apps(const host::AppHost& host) {
  const std::size_t running = host.running().size();
  const std::vector<std::string> failed = host.failed();
  if (failed.empty()) return fmt::format("{} {}", running, running == 1 ? "app runs" : "apps run");
  return fmt::format("{} of {} apps run (failed: {})", running, running + failed.size(),
                     fmt::join(failed, ", "));
}

/// How long the loop may take to hear of a signal, and blocked threads to end.
constexpr milliseconds kLoopPatience{1900};
constexpr milliseconds kThreadPatience{1000};

std::string tell_who_holds(const async::Loop& loop) {
  const async::Label* label = loop.working_on();
  if (!label) return "the loop does not end; leaving without the apps' shutdown hooks";
  return fmt::format("`{}` of {} still holds the loop; leaving without the apps' shutdown hooks",
                     label->task, label->app);
}

void report_hold(const async::Hold& hold) {
  // Work of the engine's own is no app's fault and no news unless it is long.
  const bool own = hold.label->app == log::kEngine;
  if (own && hold.held < milliseconds(500)) return;
  if (hold.over) {
    log::write(
        LogLevel::kWarning, hold.label->app,
        fmt::format("`{}` held the loop for {} ms in all", hold.label->task, hold.held.count()));
  } else {
    log::write(
        LogLevel::kWarning, hold.label->app,
        fmt::format("`{}` holds the loop, for {} ms now: nothing else can run. Await instead "
                    "of blocking (sleep, api), or move it to task_bucket.run_in_thread",
                    hold.label->task, hold.held.count()));
  }
}

/// Everything that lives as long as the engine runs, in the order in which it is made.
struct Parts {
  Parts(const ProcessOptions& options, async::Clock& its_clock, build::Toolchain toolchain)
      : settings(options.settings),
        clock(its_clock),
        loop(clock, reactor),
        pool(kPoolThreads),
        compilers(kCompilers),
        board(clock, std::string(kVersion)),
        reporter(loop, board, settings.base_url.str()),
        engine(loop, pool, ha::over_websocket(loop, client_options(settings)), reporter, reporter,
               {.zone = zone_of(settings), .seed = std::random_device()()}),
        compiler(std::move(toolchain), settings.cache_dir, compilers),
        host(settings, compiler, board),
        fibers(loop, [this](const async::Label&, const std::exception_ptr& error) {
          log::error("{}", async::describe(error));
          exit_code = kExitFailure;
          stop.set();
        }) {}

  static std::optional<time::Zone> zone_of(const config::Settings& settings) {
    if (!settings.timezone) return std::nullopt;
    const auto zone = time::Zone::find(*settings.timezone);
    return zone ? std::optional(*zone) : std::nullopt;
  }

  const config::Settings& settings;
  async::Clock& clock;
  net::AsioReactor reactor;
  async::Loop loop;
  async::Pool pool;
  async::Pool compilers;
  telemetry::Board board;
  app::Reporter reporter;
  app::Engine engine;
  build::AppCompiler compiler;
  host::AppHost host;
  std::unique_ptr<web::WebServer> page;
  AsyncEvent stop;
  int exit_code = kExitOk;
  async::Bucket fibers;
};

/// Opens the page; where that fails, it is said, and the engine runs without one.
void open_page(Parts& parts) {
  const config::WebSettings& wanted = parts.settings.web;
  if (!wanted.enabled) return;
  try {
    parts.page = std::make_unique<web::WebServer>(
        parts.board, web::WebOptions{.host = wanted.host,
                                     .port = wanted.port,
                                     .token = web::load_or_make_token(parts.settings.data_dir)});
    parts.page->start();
    parts.board.set_page_address(parts.page->address());
  } catch (const Error& error) {
    parts.page.reset();
    log::error("there is no web page: {}. The settings are web.host, web.port and web.enabled",
               error.what());
  }
}

/// Says why the engine has to stop, and lets it.
void give_up(Parts& parts, const std::exception_ptr& error, int exit_code) {
  log::error("{}", async::describe(error));
  parts.exit_code = exit_code;
  parts.stop.set();
}

Task<> connect(Parts* parts) {
  try {
    co_await parts->engine.run();
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    give_up(*parts, std::current_exception(), kExitConfiguration);
  }
}

Task<> bring_up(Parts* parts, log::ConsoleSink* console, async::MonoTime begin) {
  try {
    co_await when_all(parts->engine.ready(), parts->host.prepare());
    co_await parts->host.start(parts->engine.services());
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    give_up(*parts, std::current_exception(), kExitFailure);
    co_return;
  }
  const auto took = std::chrono::duration<double>(parts->loop.io_now() - begin).count();
  const std::size_t entities = parts->engine.entities();
  console->announce(fmt::format("ready: {}, Home Assistant {}, {} {}, {:.2f} s{}",
                                tell_apps(parts->host), parts->engine.link().ha_version, entities,
                                entities == 1 ? "entity" : "entities", took,
                                parts->page ? ", page " + parts->page->link() : ""));
}

/// What `check` does; a signal ends it early.
Task<> prepare_and_stop(Parts* parts) {
  co_await when_any(parts->host.prepare(), parts->stop.wait());
  parts->loop.stop();
}

Task<> live(Parts* parts, log::ConsoleSink* console, async::MonoTime begin) {
  parts->fibers.spawn(async::intern_label("engine", "connection"), connect(parts));
  // Cut short, the start has undone what it had begun when this returns: an app is never stopped
  // while it still starts.
  co_await when_any(bring_up(parts, console, begin), parts->stop.wait());
  co_await parts->stop.wait();
  log::info("stopping");
  co_await parts->host.stop(CancelReason::kShutdown);
  co_await parts->fibers.close(CancelReason::kShutdown);
  parts->loop.stop();
}

/// What apps are compiled with and where to; empty after saying what is wrong with it.
std::optional<build::Toolchain> tools_for_apps(const ProcessOptions& options) {
  auto toolchain = build::find_toolchain(
      {.path = options.path, .compiler = options.compiler, .program = build::running_program()});
  if (!toolchain) {
    log::error("{}", toolchain.error());
    return std::nullopt;
  }
  if (const auto cache = build::make_private_folder(options.settings.cache_dir); !cache) {
    log::error("{}", cache.error());
    return std::nullopt;
  }
  return std::move(*toolchain);
}

}  // namespace

int run_engine(const ProcessOptions& options, async::Clock& clock, log::ConsoleSink& console) {
  const auto lock = FolderLock::take(options.settings.data_dir);
  if (!lock) {
    log::error("{}", lock.error());
    return kExitConfiguration;
  }
  auto toolchain = tools_for_apps(options);
  if (!toolchain) return kExitConfiguration;
  StopRequest request;
  const Signals signals([&] { request.make(); });
  LastResort last_resort(console);
  Parts parts(options, clock, std::move(*toolchain));
  const StopRequest::Scope listening(request, [&] {
    last_resort.arm(kLoopPatience, kExitForced, [&] { return tell_who_holds(parts.loop); });
    parts.loop.post([&] {
      last_resort.disarm();
      parts.stop.set();
    });
  });
  const CrashNote crash_note(parts.loop);
  const async::Watchdog watchdog(parts.loop, kHoldLimit, [&](const async::Hold& hold) {
    parts.board.set_loop_held(hold);
    report_hold(hold);
  });
  open_page(parts);
  async::Bucket root(parts.loop, [](const async::Label&, const std::exception_ptr& error) {
    log::error("{}", async::describe(error));
  });
  root.spawn(async::intern_label("engine", "main"), live(&parts, &console, parts.loop.io_now()));
  parts.loop.run();
  last_resort.arm(kThreadPatience, parts.exit_code, [] {
    return std::string("a thread that blocks does not end; leaving without it");
  });
  return parts.exit_code;
}

int check(const ProcessOptions& options, async::Clock& clock) {
  auto toolchain = tools_for_apps(options);
  if (!toolchain) return kExitConfiguration;
  StopRequest request;
  const Signals signals([&] { request.make(); });
  Parts parts(options, clock, std::move(*toolchain));
  const StopRequest::Scope listening(request, [&] { parts.loop.post([&] { parts.stop.set(); }); });
  async::Bucket root(parts.loop, [](const async::Label&, const std::exception_ptr& error) {
    log::error("{}", async::describe(error));
  });
  root.spawn(async::intern_label("engine", "check"), prepare_and_stop(&parts));
  parts.loop.run();
  const auto apps = std::ranges::count_if(options.settings.apps,
                                          [](const auto& app) { return app.second.enabled; });
  const std::size_t bad = parts.host.failed().size();
  if (parts.stop.is_set()) return kExitFailure;
  if (bad == 0) log::info("OK: {} {}", apps, apps == 1 ? "app" : "apps");
  return bad == 0 ? kExitOk : kExitFailure;
}

}  // namespace hassette::daemon
