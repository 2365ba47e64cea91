#pragma once
// For tests only: an observer that writes down what it is told, and the log's lines.
#include <map>
#include <string>
#include <vector>

#include "async/testing.hpp"
#include "log/ring_sink.hpp"
#include "run/observer.hpp"

namespace hassette::run {

class RecordingObserver final : public Observer {
 public:
  std::uint64_t registered(const Source& source) override {
    sources[++numbered] = source;
    names[numbered] = source.name;
    return numbered;
  }
  void removed(std::uint64_t number) override { sources.erase(number); }
  void started(std::uint64_t number) override { lines.push_back(names[number] + " started"); }
  void ended(std::uint64_t number, const Ended& how) override {
    static constexpr const char* kOutcomes[] = {"succeeded", "failed", "cancelled", "timed out"};
    lines.push_back(names[number] + " " + kOutcomes[static_cast<int>(how.outcome)]);
    last = how;
  }
  void held_back(std::uint64_t number, bool dropped) override {
    lines.push_back(names[number] + (dropped ? " dropped" : " held back"));
  }

  std::uint64_t waits(const Source& source) override {
    waiting[++numbered] = source;
    return numbered;
  }
  void waits_no_more(std::uint64_t number) override { waiting.erase(number); }
  void throttled(std::uint64_t number) override { lines.push_back(names[number] + " throttled"); }
  void skipped(std::uint64_t number) override { lines.push_back(names[number] + " skipped"); }
  void late(std::uint64_t number) override { lines.push_back(names[number] + " late"); }
  void missed(std::uint64_t number) override { lines.push_back(names[number] + " missed"); }
  void condition_failed(std::uint64_t number, const std::string&) override {
    lines.push_back(names[number] + " condition failed");
  }
  void error_handler_failed(std::uint64_t number) override {
    lines.push_back(names[number] + " error handler failed");
  }

  std::map<std::uint64_t, Source> sources;  // those that are registered
  std::map<std::uint64_t, Source> waiting;
  std::map<std::uint64_t, std::string> names;
  std::vector<std::string> lines;
  Ended last;
  std::uint64_t numbered = 0;
};

/// What stands below the loop, so that runs which a test leaves unfinished can still report.
struct Recording {
  RecordingObserver observer;
  std::shared_ptr<log::RingSink> ring = std::make_shared<log::RingSink>(100);
};

/// A loop in virtual time, an observer, and the log's lines as "app: message".
class Observed : public Recording, public async::InVirtualTime {
 public:
  Observed() { log::add_sink(ring); }
  ~Observed() override { log::remove_sink(*ring); }
  std::vector<std::string> logged() const {
    std::vector<std::string> texts;
    for (const log::RingSink::Line& line : ring->lines(100)) {
      texts.push_back(line.record.app + ": " + line.record.message);
    }
    return texts;
  }
};

}  // namespace hassette::run
