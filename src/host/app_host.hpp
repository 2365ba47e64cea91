#pragma once
// AppHost: takes apps from their sources to running and back.
//
// Each app of the configuration goes through the same steps: compile, load, read its configuration,
// make its instances, run their hooks. An app that fails at any of them is shown with the reason,
// and the others go on. Apps are compiled side by side, started in the order of the configuration
// (a slow one keeps the others for a second only) and stopped in the opposite one. Owned by the
// composition root. Loop thread only.
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/instance.hpp"
#include "build/compiler.hpp"
#include "config/settings.hpp"
#include "host/plugin_library.hpp"
#include "telemetry/board.hpp"

namespace hassette::host {

class AppHost {
 public:
  AppHost(const config::Settings& settings, build::AppCompiler& compiler, telemetry::Board& board);
  AppHost(const AppHost&) = delete;
  AppHost& operator=(const AppHost&) = delete;
  ~AppHost();

  /// Compiles and loads every app that is switched on and reads its configuration. Says which
  /// files hold an app that the configuration does not name.
  Task<> prepare();
  /// Starts what was prepared well, in the order of the configuration; one that takes longer than a
  /// second no longer keeps the others. Returns when every start has ended.
  Task<> start(app::Services services);
  Task<> stop(CancelReason reason);
  /// The longest time that the shutdown hooks of a running app may take.
  std::chrono::nanoseconds shutdown_limit() const;
  /// Destroys the instances, those that were left behind by `stop` included: blocks as long as
  /// something of them does.
  void let_go();

  /// Everything that is wrong with the apps, ready to be printed; empty if all are well.
  std::vector<std::string> problems() const;
  std::vector<std::string> running() const;
  /// Those that cannot run; one whose name another has, too, is "key.name".
  std::vector<std::string> failed() const;
  /// All instances that the configuration has and that do not run, those that are switched off
  /// included; nothing where a table is wrong, so that nobody knows what it means to have.
  std::optional<std::vector<std::string>> not_running() const;
  std::size_t compiled() const { return compiled_; }

 private:
  struct App;
  struct Start;
  Task<> look_up(App* app);
  Task<> prepare_app(App* app);
  static Task<> call_up(std::deque<Start>* starts);
  Task<> start_in_turn(Start* start, app::Services services);
  Task<std::exception_ptr> attempt(Start* start, app::Services services);
  Task<> start_copy(Start* start, app::Services services);
  Task<> stop_copy(app::Instance* instance, CancelReason reason);
  void load(App& app, const build::Built& built);
  const plugin::AppType* choose(App& app);
  void show(const App& app, std::string_view class_name);
  void fail(App& app, telemetry::AppState state, std::string message);

  const config::Settings& settings_;
  build::AppCompiler& compiler_;
  telemetry::Board& board_;
  std::vector<std::unique_ptr<App>> apps_;  // as in the configuration
  std::size_t compiled_ = 0;                // how many had to be compiled, not taken from the cache
};

}  // namespace hassette::host
