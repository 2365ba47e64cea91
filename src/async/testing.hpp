#pragma once
// For tests only: a loop in virtual time with a bucket, and a way to run a task to its end in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <hassette/async.hpp>
#include <hassette/error.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/unawaited.hpp"

namespace hassette::async {

/// Mon, 24 Nov 2025, 16:00 UTC.
inline constexpr WallTime kTestStart{std::chrono::seconds(1'764'000'000)};

class InVirtualTime : public testing::Test {
 public:
  /// Runs the task on a fiber of its own to its end, jumping over waits; gives its result or
  /// throws.
  template <class T>
  T run(Task<T> task) {
    std::optional<Value<T>> value;
    std::exception_ptr error;
    bool ended = false;
    bucket.spawn(label, capture(std::move(task), &value, &error, &ended));
    while (!ended) {
      loop.run_ready();
      if (ended) break;
      if (loop.timers() == 0)
        throw std::runtime_error("the task waits for something that never comes");
      loop.turn(true);
    }
    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<T>) return std::move(*value);
  }

  std::uint64_t spawn(Task<> task) { return bucket.spawn(label, std::move(task)); }
  void advance(std::chrono::nanoseconds by) { loop.run_until(loop.now() + by); }
  std::chrono::nanoseconds elapsed() const { return loop.now().time_since_epoch(); }

  std::vector<std::string> errors;  // what spawned tasks threw
  VirtualClock clock{kTestStart};
  ParkReactor reactor;
  Loop loop{clock, reactor};
  const Label& label = intern_label("app", "task");
  Bucket bucket{loop, [this](const Label&, const std::exception_ptr& error) {
                  errors.push_back(describe(error));
                }};

 private:
  template <class T>
  static Task<> capture(Task<T> task, std::optional<Value<T>>* value, std::exception_ptr* error,
                        bool* ended) {
    try {
      co_await store(std::move(task), value);
    } catch (...) {
      *error = std::current_exception();
    }
    *ended = true;
  }
};

/// Collects what is reported as unawaited while it exists.
class UnawaitedReports {
 public:
  struct Report {
    std::string app;
    std::string task;
    std::string file;
    unsigned line;
  };
  UnawaitedReports() : before_(set_unawaited_reporter(&collect)) { reports().clear(); }
  UnawaitedReports(const UnawaitedReports&) = delete;
  UnawaitedReports& operator=(const UnawaitedReports&) = delete;
  ~UnawaitedReports() { set_unawaited_reporter(before_); }
  const std::vector<Report>& all() const { return reports(); }

 private:
  static std::vector<Report>& reports() {
    static std::vector<Report> collected;
    return collected;
  }
  static void collect(const Unawaited& what) noexcept {
    reports().push_back({std::string(what.app), std::string(what.task), what.made_at.file_name(),
                         what.made_at.line()});
  }
  UnawaitedReporter before_;
};

/// What the call throws as a LogicError on another thread than the loop's; empty if nothing.
inline std::string on_another_thread(const std::function<void()>& call) {
  std::string said;
  std::jthread([&] {
    try {
      call();
    } catch (const LogicError& error) {
      said = error.message();
    }
  }).join();
  return said;
}

/// Notes, on destruction, that a frame was left.
class Mark {
 public:
  Mark(std::vector<std::string>& notes, std::string text)
      : notes_(&notes), text_(std::move(text)) {}
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  ~Mark() { notes_->push_back(text_); }

 private:
  std::vector<std::string>* notes_;
  std::string text_;
};

using Notes = std::vector<std::string>;

}  // namespace hassette::async
