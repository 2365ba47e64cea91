#pragma once
// The model of error handlers, written from docs/reference/bus.md, "Errors".
#include <map>
#include <string>

#include "agenda.hpp"
#include "coverage.hpp"
#include "specs.hpp"
#include "trace.hpp"

namespace hassette::simulation {

class ModelErrors {
 public:
  ModelErrors(Agenda& agenda, Trace& trace, Coverage& coverage)
      : agenda_(agenda), trace_(trace), coverage_(coverage) {}

  /// What serves every registration of this kind that has none of its own.
  void serve_all(const std::string& kind, OnError handler) { for_all_[kind] = handler; }
  void tell(const RunSpec& of, const std::string& what);
  /// The app ends, and with it the error handlers that are under way.
  void close() { closed_ = true; }

 private:
  static constexpr int kAtOnce = 8;
  static constexpr Micros kTime = 5 * kSecond;

  void begin(const std::string& group, const std::string& what, OnError handler);
  void end(const std::string& group, OnError handler);
  void failed(const std::string& group, const std::string& why);

  Agenda& agenda_;
  Trace& trace_;
  Coverage& coverage_;
  std::map<std::string, OnError> for_all_;
  int running_ = 0;
  bool closed_ = false;
};

}  // namespace hassette::simulation
