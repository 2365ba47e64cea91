#include "model_errors.hpp"

namespace hassette::simulation {

/// Its own handler or else that of all, in a task of its own.
void ModelErrors::tell(const RunSpec& of, const std::string& what) {
  if (closed_) return;
  const auto all = for_all_.find(of.kind);
  if (!of.on_error && all == for_all_.end()) {
    return coverage_.count(of.kind + ": told nobody of an error");
  }
  coverage_.count(
      of.kind + (of.on_error ? ": told its own error handler" : ": told the error handler of all"));
  const std::string group = of.name + " error";
  if (running_ == kAtOnce) return failed(group, "found no room");
  ++running_;
  const OnError handler = of.on_error ? *of.on_error : all->second;
  agenda_.soon([this, group, what, handler] { begin(group, what, handler); });
}

void ModelErrors::begin(const std::string& group, const std::string& what, OnError handler) {
  if (closed_) return;
  trace_.add(agenda_.now(), group, "is told: " + what);
  if (handler.takes == 0) return end(group, handler);
  const auto ends = [this, group, handler] { end(group, handler); };
  if (handler.takes <= kTime) {
    agenda_.set(agenda_.now() + handler.takes, [this, ends] { agenda_.soon(ends); });
  } else {  // it is cancelled, and ends then
    agenda_.set(agenda_.now() + kTime,
                [this, ends] { agenda_.soon([this, ends] { agenda_.soon(ends); }); });
  }
}

void ModelErrors::end(const std::string& group, OnError handler) {
  if (closed_) return;
  --running_;
  if (handler.takes > kTime) return failed(group, "took too long");
  if (handler.fails) failed(group, "failed");
}

/// Logged and counted, and told to no error handler.
void ModelErrors::failed(const std::string& group, const std::string& why) {
  trace_.add(agenda_.now(), group + " handler", "failed");
  coverage_.count("error handler " + why);
}

}  // namespace hassette::simulation
