#pragma once
// What a Scheduler facade needs to know of the app behind it; `app` fills it in.
#include <chrono>
#include <memory>
#include <string>

#include <hassette/callable.hpp>
#include <hassette/error_handler.hpp>
#include "async/bucket.hpp"
#include "run/error_tasks.hpp"

namespace hassette::schedule {

class Timetable;

struct Owner {
  std::string app;
  HandlerOwner* self = nullptr;
  async::Bucket* bucket = nullptr;
  Timetable* timetable = nullptr;
  /// For jobs without a `.timeout` of their own.
  std::chrono::nanoseconds timeout = std::chrono::minutes(10);
  /// What `scheduler.on_error` set, for jobs without an `.on_error` of their own.
  std::shared_ptr<run::ErrorSink> on_error = nullptr;
  /// What runs these; made when it is first needed, or shared with the app's bus.
  std::shared_ptr<run::ErrorTasks> error_tasks = nullptr;
};

}  // namespace hassette::schedule
