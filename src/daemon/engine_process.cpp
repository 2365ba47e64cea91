#include "daemon/engine_process.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "build/abi.hpp"
#include "daemon/app_messages.hpp"
#include "daemon/engine_parts.hpp"
#include "daemon/folder_lock.hpp"
#include "daemon/hold_messages.hpp"
#include "daemon/loop_guard.hpp"
#include "daemon/stop_path.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"

namespace hassette::daemon {

namespace {

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

/// Before anything that may block: nobody would come to know what durable jobs did last.
Task<> settle_jobs(EngineParts* parts) {
  if (!parts->ledger) co_return;
  parts->settles_jobs = true;
  try {
    co_await parts->ledger->close();
  } catch (const Error&) {  // has been told as a fault of the ledger, with what to do
  }
  parts->settles_jobs = false;
}

Task<> live(EngineParts* parts, const ProcessOptions* options, log::ConsoleSink* console,
            StopPath* stop, async::MonoTime begin) {
  parts->fibers.spawn(async::intern_label("engine", "connection"), connect(parts));
  // Cut short, the start has undone what it had begun when this returns: an app is never stopped
  // while it still starts.
  co_await when_any(bring_up(parts, options, console, begin), parts->stop.wait());
  co_await parts->stop.wait();
  log::info("stopping");
  expect_end(*parts, *stop);  // also where no signal has begun it
  co_await parts->host.stop(CancelReason::kShutdown);
  co_await settle_jobs(parts);
  co_await parts->fibers.close(CancelReason::kShutdown);
  parts->loop.stop();
}

/// From here on nothing is left but to destroy the parts.
void expect_threads_to_end(StopPath& stop, int exit_code) {
  stop.last_resort().leave_within(StopPath::kLastSteps, exit_code, [] {
    return std::string("a thread that blocks does not end; leaving without it");
  });
}

/// What `check` says at its end, and its exit code.
int sum_up(const EngineParts& parts, std::size_t wrong, log::ConsoleSink& console) {
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
  for (const auto& [key, app] : parts.settings.apps) {
    if (!app.enabled) continue;
    ++apps;
    instances += std::max<std::size_t>(app.instances.size(), 1);
  }
  const std::vector<std::string> bad = parts.host.failed();
  wrong += parts.settings.problems.size();
  if (!bad.empty() || wrong > 0) {
    console.announce(tell_problems(wrong, instances, bad));
    return kExitFailure;
  }
  console.announce(apps == 0 ? "OK: the configuration is valid, and has no app"
                             : fmt::format("OK: {} compiled, the configuration is valid",
                                           tell_count(apps, "app")));
  return kExitOk;
}

}  // namespace

int run_engine(const ProcessOptions& options, async::Clock& clock, log::ConsoleSink& console,
               StopPath& stop) {
  const auto lock = FolderLock::take(options.settings.data_dir);
  if (!lock) {
    log::error("{}", lock.error());
    return kExitConfiguration;
  }
  auto toolchain = tools_for_apps(options);
  if (!toolchain) return kExitConfiguration;
  EngineParts parts(options, clock, std::move(*toolchain), EngineParts::For::kRun);
  LoopGuard guard(parts, stop);
  parts.open_page(options.page_remedy);
  async::Bucket root(parts.loop, end_without_main(parts));
  root.spawn(async::intern_label("engine", "main"),
             live(&parts, &options, &console, &stop, parts.loop.io_now()));
  parts.loop.run();
  guard.loop_has_ended();
  // What had to be left behind goes while the loop can still say whose it is.
  stop.last_resort().leave_within(StopPath::kLastSteps, parts.exit_code,
                                  [&] { return tell_what_blocks(parts.loop); });
  parts.host.let_go();
  expect_threads_to_end(stop, parts.exit_code);
  return parts.exit_code;
}

int check(const ProcessOptions& options, async::Clock& clock, log::ConsoleSink& console,
          StopPath& stop) {
  if (!options.settings.apps_known) {
    console.announce(tell_problems(options.settings.problems.size(), 0, {}) +
                     "; the apps were not looked at");
    return kExitFailure;
  }
  if (const auto usable = FolderLock::try_folder(options.settings.data_dir); !usable) {
    log::error("{}", usable.error());
    return kExitConfiguration;
  }
  auto toolchain = tools_for_apps(options);
  if (!toolchain) return kExitConfiguration;
  EngineParts parts(options, clock, std::move(*toolchain), EngineParts::For::kCheck);
  LoopGuard guard(parts, stop);
  std::size_t wrong = 0;
  async::Bucket root(parts.loop, end_without_main(parts));
  root.spawn(async::intern_label("engine", "check"), look_and_stop(&parts, &options, &wrong));
  parts.loop.run();
  guard.loop_has_ended();
  const int exit_code = sum_up(parts, wrong, console);
  expect_threads_to_end(stop, exit_code);
  return exit_code;
}

}  // namespace hassette::daemon
