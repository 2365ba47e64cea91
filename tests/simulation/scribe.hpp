#pragma once
// Scribe: writes the observer's side of the product's trace, what the page and the console would be
// told of runs. Outlives the engine; loop thread.
#include <cstdint>
#include <map>
#include <string>

#include "app/engine.hpp"
#include "async/loop.hpp"
#include "run/observer.hpp"
#include "trace.hpp"

namespace hassette::simulation {

class Scribe final : public run::Observer, public app::EngineObserver {
 public:
  explicit Scribe(Trace& trace) : trace_(trace) {}

  void follow(const async::Loop& loop) { loop_ = &loop; }
  /// What a registration of this name is called in the trace from now on.
  void call(const std::string& name, const std::string& label) { labels_[name] = label; }
  Micros now() const;
  void add(const std::string& group, const std::string& what) { trace_.add(now(), group, what); }
  /// A handler begins. What it was told of, it is told of in this order, if that is right now.
  void begins(const std::string& group, const std::string& cause);
  void set_telling(bool telling) { telling_ = telling; }
  /// Those registrations that are there, by their number.
  const std::map<std::uint64_t, run::Source>& present() const { return present_; }

  std::uint64_t registered(const run::Source& source) override;
  void removed(std::uint64_t number) override { present_.erase(number); }
  void started(std::uint64_t) override {}
  void ended(std::uint64_t number, const run::Ended& how) override;
  void held_back(std::uint64_t number, bool dropped) override;
  void throttled(std::uint64_t number) override;
  void condition_failed(std::uint64_t number, const std::string& message) override;
  void error_handler_failed(std::uint64_t number) override;

  void on_link(const ha::Link&) override {}
  void on_home(const ha::HomeConfig&) override {}
  void on_change(const state::Change&) override {}
  void on_event(const Event&) override {}
  void on_garbage(ha::Garbage) override {}
  void settle(std::size_t) override {}

 private:
  Trace& trace_;
  const async::Loop* loop_ = nullptr;
  bool telling_ = false;
  std::map<std::string, std::string> labels_;
  std::map<std::uint64_t, run::Source> present_;
  std::map<std::uint64_t, std::string> names_;  // of all that there ever were
};

/// "L3 light.a": each entity's runs are a group of their own.
std::string group_of(const std::string& label, const std::string& lane);

}  // namespace hassette::simulation
