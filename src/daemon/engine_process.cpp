#include "daemon/engine_process.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "async/watchdog.hpp"
#include "build/abi.hpp"
#include "daemon/app_messages.hpp"
#include "daemon/crash_note.hpp"
#include "daemon/engine_parts.hpp"
#include "daemon/folder_lock.hpp"
#include "daemon/hold_messages.hpp"
#include "daemon/last_resort.hpp"
#include "daemon/signals.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"
#include "telemetry/hold_lines.hpp"

namespace hassette::daemon {

namespace {

using std::chrono::milliseconds;

/// How long a stop may take in all, from the signal on: the shutdown hooks with their usual limit,
/// the rest of an app that has to be cut short (see app/instance.cpp), and a little for everything
/// else. Who declares a longer limit gets that much more.
constexpr milliseconds kStopPatience{1900};
constexpr milliseconds kUsualHooks{1000};
/// How long blocked threads may take to end, at most.
constexpr milliseconds kThreadPatience{1000};

/// Says why the engine has to stop, and lets it. `Cancelled` comes here only where nobody had asked
/// for it.
void give_up(EngineParts& parts, const std::exception_ptr& error, int exit_code) {
  if (async::is_cancelled(error)) {
    log::error(
        "a part of the engine ended although nobody had asked it to; this is a fault of "
        "Hassette, which stops now: please report it with the lines above");
  } else {
    log::error("{}", async::describe(error));
  }
  parts.exit_code = exit_code;
  parts.stop.set();
}

Task<> connect(EngineParts* parts) {
  try {
    co_await parts->engine.run();
  } catch (const Cancelled&) {
    if (cancel_requested()) throw;
    give_up(*parts, std::current_exception(), kExitFailure);
  } catch (...) {
    give_up(*parts, std::current_exception(), kExitConfiguration);
  }
}

Task<> bring_up(EngineParts* parts, const ProcessOptions* options, log::ConsoleSink* console,
                async::MonoTime begin) {
  try {
    co_await when_all(parts->engine.ready(), parts->host.prepare());
    co_await parts->host.start(parts->engine.services());
    if (parts->ledger) {
      parts->fibers.spawn(async::intern_label("engine", "job ledger"),
                          parts->ledger->keep_tidy([parts] { return parts->host.running(); },
                                                   [parts] { return parts->host.not_running(); }));
    }
  } catch (const Cancelled&) {
    if (cancel_requested()) throw;
    give_up(*parts, std::current_exception(), kExitFailure);
    co_return;
  } catch (...) {
    give_up(*parts, std::current_exception(), kExitFailure);
    co_return;
  }
  const auto took = std::chrono::duration<double>(parts->loop.io_now() - begin).count();
  const std::size_t entities = parts->engine.entities();
  console->announce(fmt::format("ready: {}, Home Assistant {}, {} {}, {:.2f} s{}",
                                tell_apps(parts->host), parts->engine.link().ha_version, entities,
                                entities == 1 ? "entity" : "entities", took,
                                parts->page              ? ", page " + parts->page->link()
                                : parts->no_page.empty() ? ""
                                                         : ", no page: " + parts->no_page));
  if (options->on_ready) options->on_ready();
}

/// Counts what is wrong with the settings beyond what reading them has shown.
Task<> look_at_all(EngineParts* parts, const ProcessOptions* options, std::size_t* wrong) {
  *wrong = co_await EngineParts::try_settings(parts, options->page_remedy);
  co_await parts->host.prepare();
}

/// What `check` does; a signal ends it early.
Task<> look_and_stop(EngineParts* parts, const ProcessOptions* options, std::size_t* wrong) {
  try {
    co_await when_any(look_at_all(parts, options, wrong), parts->stop.wait());
  } catch (const Cancelled&) {
    if (cancel_requested()) throw;
    give_up(*parts, std::current_exception(), kExitFailure);
  } catch (...) {
    give_up(*parts, std::current_exception(), kExitFailure);
  }
  parts->loop.stop();
}

/// What a failure of the main task comes to: nobody is left who would stop the loop.
async::Bucket::OnError end_without_main(EngineParts& parts) {
  return [&parts](const async::Label&, const std::exception_ptr& error) {
    give_up(parts, error, kExitFailure);
    parts.loop.stop();
  };
}

Task<> live(EngineParts* parts, const ProcessOptions* options, log::ConsoleSink* console,
            LastResort* last_resort, async::MonoTime begin) {
  parts->fibers.spawn(async::intern_label("engine", "connection"), connect(parts));
  // Cut short, the start has undone what it had begun when this returns: an app is never stopped
  // while it still starts.
  co_await when_any(bring_up(parts, options, console, begin), parts->stop.wait());
  co_await parts->stop.wait();
  log::info("stopping");
  last_resort->allow(parts->host.shutdown_limit() - kUsualHooks);
  co_await parts->host.stop(CancelReason::kShutdown);
  co_await parts->fibers.close(CancelReason::kShutdown);
  parts->loop.stop();
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
  EngineParts parts(options, clock, std::move(*toolchain), EngineParts::For::kRun);
  const StopRequest::Scope listening(request, [&] {
    last_resort.arm(kStopPatience, kExitForced, [&] { return tell_who_holds(parts.loop); });
    parts.loop.post([&] {
      last_resort.arm(kStopPatience, kExitForced,
                      [&] { return tell_what_does_not_end(parts.loop, parts.board.alive()); });
      parts.stop.set();
    });
  });
  const CrashNote crash_note(parts.loop);
  telemetry::HoldLines lines;
  const async::Watchdog watchdog(parts.loop, async::kHoldLimit, [&](const async::Hold& hold) {
    parts.board.set_loop_held(hold);
    if (auto line = lines.line(hold, std::chrono::steady_clock::now())) {
      log::write(LogLevel::kWarning, hold.label->app, std::move(*line));
    }
  });
  parts.open_page(options.page_remedy);
  async::Bucket root(parts.loop, end_without_main(parts));
  root.spawn(async::intern_label("engine", "main"),
             live(&parts, &options, &console, &last_resort, parts.loop.io_now()));
  parts.loop.run();
  // What had to be left behind goes while the loop can still say whose it is.
  last_resort.leave_within(kThreadPatience, parts.exit_code,
                           [&] { return tell_what_blocks(parts.loop); });
  parts.host.let_go();
  last_resort.leave_within(kThreadPatience, parts.exit_code, [] {
    return std::string("a thread that blocks does not end; leaving without it");
  });
  return parts.exit_code;
}

int check(const ProcessOptions& options, async::Clock& clock, log::ConsoleSink& console) {
  if (!options.settings.apps_known) {
    console.announce(tell_problems(options.settings.problems.size(), 0, {}) +
                     "; the apps were not looked at");
    return kExitFailure;
  }
  auto toolchain = tools_for_apps(options);
  if (!toolchain) return kExitConfiguration;
  StopRequest request;
  const Signals signals([&] { request.make(); });
  EngineParts parts(options, clock, std::move(*toolchain), EngineParts::For::kCheck);
  const StopRequest::Scope listening(request, [&] { parts.loop.post([&] { parts.stop.set(); }); });
  std::size_t wrong = 0;
  async::Bucket root(parts.loop, end_without_main(parts));
  root.spawn(async::intern_label("engine", "check"), look_and_stop(&parts, &options, &wrong));
  parts.loop.run();
  if (parts.exit_code != kExitOk) {
    console.announce("a part of Hassette failed: not everything was looked at");
    return parts.exit_code;
  }
  if (parts.stop.is_set()) {
    console.announce("interrupted: not everything was looked at");
    return kExitFailure;
  }
  std::size_t apps = 0;
  std::size_t instances = 0;
  for (const auto& [key, app] : options.settings.apps) {
    if (!app.enabled) continue;
    ++apps;
    instances += std::max<std::size_t>(app.instances.size(), 1);
  }
  const std::vector<std::string> bad = parts.host.failed();
  wrong += options.settings.problems.size();
  if (!bad.empty() || wrong > 0) {
    console.announce(tell_problems(wrong, instances, bad));
    return kExitFailure;
  }
  console.announce(apps == 0 ? "OK: the configuration is valid, and has no app"
                             : fmt::format("OK: {} compiled, the configuration is valid",
                                           tell_count(apps, "app")));
  return kExitOk;
}

}  // namespace hassette::daemon
