#pragma once
// What a Bus facade needs to know of the app behind it; `app` fills in the first five.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <hassette/error_handler.hpp>
#include <hassette/handler.hpp>
#include "async/bucket.hpp"

namespace hassette::run {
class ErrorTasks;
}

namespace hassette::bus {

class Listener;
class Router;

struct Owner {
  std::string app;
  HandlerOwner* self = nullptr;
  async::Bucket* bucket = nullptr;
  Router* router = nullptr;
  /// How long a handler may run that has no `.timeout` of its own.
  std::chrono::nanoseconds timeout = std::chrono::minutes(10);

  // The bus keeps the rest. A registration is named by what it listens to and its own name.
  std::unordered_map<std::string, std::shared_ptr<Listener>> listeners = {};
  std::shared_ptr<run::ErrorSink> on_error = {};
  std::shared_ptr<run::ErrorTasks> error_tasks = {};
  std::uint64_t waits = 0;  // how many there were, to tell them apart
  /// What the app has named, the home does not have and the app was told of.
  std::unordered_set<std::string> unknown_names = {};
};

}  // namespace hassette::bus
