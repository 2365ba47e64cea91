#pragma once
// EngineParts: everything that lives as long as the engine runs, in the order in which it is made.
//
// Wiring and nothing else: what each part does is said where it is. Made and destroyed on the
// loop's thread, for `run` and for `check`.
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/engine.hpp"
#include "app/job_ledger.hpp"
#include "app/reporter.hpp"
#include "async/clock_watch.hpp"
#include "build/compiler.hpp"
#include "daemon/engine_process.hpp"
#include "host/app_host.hpp"
#include "net/asio_reactor.hpp"
#include "web/web_server.hpp"

namespace hassette::daemon {

struct EngineParts {
  enum class For : std::uint8_t { kRun, kCheck };
  EngineParts(const ProcessOptions& options, async::Clock& its_clock, build::Toolchain toolchain,
              For purpose);

  /// Of what durable jobs and holds did.
  std::filesystem::path jobs_file() const { return settings.data_dir / "jobs.db"; }
  /// Opens the page; where that fails, it is said with the remedy, and the engine runs without one.
  void open_page(const std::string& remedy);
  /// Says of the settings what `run` says once it uses them, and gives how much is wrong.
  static Task<std::size_t> try_settings(EngineParts* self, std::string page_remedy);

  const config::Settings& settings;
  async::Clock& clock;
  net::AsioReactor reactor;
  async::Loop loop;
  async::Pool pool;
  async::Pool compilers;
  telemetry::Board board;
  app::Reporter reporter;
  std::unique_ptr<app::JobLedger> ledger;  // only where jobs run: it is the running engine's file
  async::ClockWatch clock_watch;  // tells the engine; before it, since the engine asks if it works
  app::Engine engine;
  build::AppCompiler compiler;
  host::AppHost host;
  std::unique_ptr<web::WebServer> page;
  std::string no_page;  // why there is none, though there should be one
  AsyncEvent stop;
  std::atomic<bool> settles_jobs = false;  // the apps have ended, and the ledger is being written
  int exit_code = kExitOk;
  async::Bucket fibers;
};

/// What apps are compiled with and where to; empty after saying what is wrong with it.
std::optional<build::Toolchain> tools_for_apps(const ProcessOptions& options);

}  // namespace hassette::daemon
