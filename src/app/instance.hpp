#pragma once
// Instance: one running copy of an app: its object, what the object's facades work on, and its end.
//
// Made by the host for each instance in the configuration. It owns the app's task bucket, in which
// every handler, job and hook of the app runs; whatever the app registered goes when it stops, and
// its object is destroyed after the last of its frames. Each step of its life is told to the
// listeners of all apps (bus.on_app_state_changed). Loop thread only.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <hassette/app.hpp>
#include <hassette/async.hpp>
#include "app/app_connection.hpp"
#include "async/bucket.hpp"
#include "async/pool.hpp"
#include "bus/owner.hpp"
#include "schedule/owner.hpp"

namespace hassette::state {
class Cache;
}

namespace hassette::app {

/// What all instances share.
struct Services {
  async::Loop& loop;
  async::Pool& pool;
  state::Cache& cache;
  bus::Router& router;
  schedule::Timetable& timetable;
  ha::Connection& home;
  ServiceNames& service_names;
  /// How long `before_`, `on_` and `after_initialize` may take together, in real time and while the
  /// home is connected.
  std::chrono::nanoseconds start_limit = std::chrono::seconds(20);
  /// Told of a background task that threw, beside the log; may be empty.
  std::function<void(const async::Label&, const std::exception_ptr&)> task_failed = {};
};

class Instance {
 public:
  /// How many threads of the pool blocking work of one app may hold at once.
  static constexpr std::size_t kThreads = 2;
  /// The name of the task in which the app's `run()` goes on.
  static constexpr std::string_view kStory = "run";

  Instance(const Services& services, std::string app_key, std::string name);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  /// Makes the object and runs its hooks. If that fails, everything is undone and the error thrown.
  Task<> start(const plugin::AppType* type, std::shared_ptr<void> config);
  /// Runs the shutdown hooks within their limit, then ends all that the app does. Errors are
  /// logged.
  Task<> stop(CancelReason reason);

  const std::string& app_key() const { return app_key_; }
  /// The app's key, or "key/name" where the app has several instances.
  const std::string& name() const { return name_; }
  /// It has started, and nobody has asked it to stop.
  bool running() const { return phase_ == Phase::kRunning; }
  /// How long its shutdown hooks may take, as the running app's object says.
  std::chrono::nanoseconds shutdown_limit() const;
  /// Why `start` threw, with the hook that failed or did not end: "`on_initialize` failed: …".
  const std::string& why_failed() const { return why_failed_; }
  /// `start` threw because the home went away meanwhile: nothing is wrong with the app.
  bool lost_its_home() const { return lost_its_home_; }
  /// It was asked to stop, and something of it does not end: its object is still there.
  bool left_behind() const { return phase_ == Phase::kStopped && app_ != nullptr; }
  /// The app's object, while it runs.
  AppBase& object() { return *app_; }
  std::size_t listeners() const;
  std::size_t jobs() const;
  const Services& services() const { return services_; }

  /// The instance whose object is being constructed on this thread; throws outside `start`.
  static Instance& under_construction();

 private:
  friend AppBase;
  enum class Phase : std::uint8_t { kStopped, kStarting, kRunning, kStopping };
  struct HookEnd;

  Task<> patience(std::chrono::nanoseconds limit);
  Task<> run_hooks(bool initialize, std::chrono::nanoseconds limit);
  Task<> hooks(bool initialize, std::exception_ptr* error);
  Task<> hook(const char* name, Task<> task);
  std::string waits() const;
  bool has_lost_home_since(std::uint64_t reconnects) const;
  Task<> end(CancelReason reason);
  Task<> clean_up(CancelReason reason);
  Task<> wind_up(CancelReason reason);
  void unregister(CancelReason reason);
  void task_failed(const async::Label& label, const std::exception_ptr& error);
  void announce(std::string_view status, std::string error = {});
  void create(const plugin::AppType& type, std::shared_ptr<void> config);
  void destroy();

  Services services_;
  Phase phase_ = Phase::kStopped;
  std::string_view status_ = "not_started";  // as listeners were told last
  std::string_view step_;                    // the hook that began last, or "constructor"
  std::string waited_for_;                   // by the app when a hook was cut short
  std::string why_failed_;
  bool lost_its_home_ = false;
  std::string app_key_;
  std::string name_;
  bus::Owner bus_owner_;
  schedule::Owner schedule_owner_;
  AppConnection home_;
  async::Permits threads_{kThreads};
  std::unique_ptr<AppBase> app_;
  std::uint64_t story_ = 0;  // the task of `run`
  async::Bucket bucket_;     // last: what runs in it uses the rest
};

}  // namespace hassette::app
