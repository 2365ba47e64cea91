#pragma once
// The app of a tape: registers what the tape asks for, with handlers that do what it says, and
// writes down what they see. It uses the engine as an app does, through `bus` and `scheduler`.
//
// Owns its registrations' runs, as an instance of an app does. Loop thread.
#include <map>
#include <string>
#include <vector>

#include <hassette/bus.hpp>
#include <hassette/scheduler.hpp>
#include "app/engine.hpp"
#include "asked.hpp"
#include "async/bucket.hpp"
#include "bus/owner.hpp"
#include "schedule/owner.hpp"
#include "scribe.hpp"
#include "specs.hpp"

namespace hassette::simulation {

class TapeApp {
 public:
  TapeApp(async::Loop& loop, app::Engine& engine, Scribe& scribe);
  TapeApp(const TapeApp&) = delete;
  TapeApp& operator=(const TapeApp&) = delete;

  // The operations of a tape; on the loop.
  [[clang::coro_wrapper]] Task<> listen(const Op& op);
  [[clang::coro_wrapper]] Task<> schedule(const Op& op);
  [[clang::coro_wrapper]] Task<> run_now(const std::string& name);
  void cancel(const std::string& name);
  void serve_errors(const Op& op);
  void emit(const Op& op);

  /// What is registered still, and each job.
  void sum_up();
  /// Ends all of it, as the end of an app does.
  [[clang::coro_wrapper]] Task<> close() { return close(this); }

 private:
  static Task<> register_listener(TapeApp* self, ListenSpec spec);
  static Task<> register_job(TapeApp* self, JobSpec spec);
  static Task<> unless_taken(TapeApp* self, RunSpec spec, Task<> registers);
  static Task<> run_job(TapeApp* self, std::string name);
  static Task<> close(TapeApp* self);
  static Task<> act(TapeApp* self, Behaviour does);
  template <class Spec>
  Spec labelled(Spec spec);
  auto change_handler(const RunSpec& spec);
  auto event_handler(const RunSpec& spec);
  ErrorHandler error_handler(const OnError& does);
  bool is_night() const;

  app::Engine& engine_;
  Scribe& scribe_;
  HandlerOwner handlers_;
  bus::Owner bus_owner_;
  schedule::Owner schedule_owner_;
  Bus bus_{bus_owner_};
  Scheduler scheduler_{schedule_owner_};
  std::map<std::string, Subscription> subscriptions_;
  std::map<std::string, Job> jobs_;
  std::map<std::string, int> registered_;  // how often each name was
  const Surroundings around_;
  async::Bucket runs_;  // last: what runs in it uses the rest
};

}  // namespace hassette::simulation
