#pragma once
// Tape: what happened in a test, in order, and what of it was wrong.
//
// The engine, the runs, the log and the connection write to it; a failed check prints its end. It
// keeps a bounded number of entries and formats them only when they are read, since a year of a
// house passes through it. Owned by the harness; loop thread, but for log lines, which other
// threads send to the loop.
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <hassette/test_home.hpp>
#include "app/engine.hpp"
#include "harness/home_connection.hpp"
#include "log/log.hpp"
#include "run/observer.hpp"
#include "time/zone.hpp"

namespace hassette::harness {

class Tape final : public run::Observer, public app::EngineObserver, public CallListener {
 public:
  static constexpr std::size_t kCapacity = 1024;

  explicit Tape(async::Loop& loop) : loop_(loop) {}

  void set_zone(const time::Zone& zone) { zone_ = zone; }
  void note(std::string text);
  /// `mistake` is the same for all errors that have the same reason; the error itself by default.
  void failed(std::string error, std::string mistake = {});
  std::vector<std::string> lines(std::size_t last) const;
  const std::vector<std::string>& errors() const { return errors_; }
  /// The mistake behind each of the errors.
  const std::vector<std::string>& mistakes() const { return mistakes_; }
  void forget_calls();
  const std::vector<RecordedCall>& calls() const { return calls_; }
  /// Whether a call named this entity, a forgotten one included.
  bool has_named(const std::string& entity_id) const { return named_.contains(entity_id); }

  // run::Observer
  std::uint64_t registered(const run::Source& source) override;
  void removed(std::uint64_t number) override { sources_.erase(number); }
  void started(std::uint64_t number) override;
  bool wants_causes() const override { return false; }
  void ended(std::uint64_t number, const run::Ended& how) override;
  void held_back(std::uint64_t number, bool dropped) override;
  void skipped(std::uint64_t number) override;
  void condition_failed(std::uint64_t number, const std::string& message) override;
  void error_handler_failed(std::uint64_t number) override;

  // app::EngineObserver
  void on_link(const ha::Link& link) override;
  void on_home(const ha::HomeConfig&) override {}
  void on_change(const state::Change& change) override;
  void on_event(const Event& event) override { note("event " + event.type); }
  void on_garbage(ha::Garbage) override {}
  void settle(std::size_t) override {}

  // CallListener
  std::size_t called(const Json& command) override;
  void refused(std::size_t number, std::string error) override;

 private:
  struct Moved {
    const EntityId* id;  // the cache keeps it for as long as it lives
    std::optional<hassette::State> before;
    std::optional<hassette::State> after;
    bool recovered;
  };
  struct Registered {
    std::string name;   // "app `handler`"
    std::string place;  // " (apps/hall.cpp:12)", where the app registered it
  };
  using Who = std::shared_ptr<const Registered>;
  struct Began {
    Who who;
  };
  struct Entry {
    TimePoint at;
    std::variant<std::string, Moved, Began> what;
  };
  void add(std::variant<std::string, Moved, Began> what);
  std::string text(const Entry& entry) const;
  Who who(std::uint64_t number) const;

  async::Loop& loop_;
  time::Zone zone_ = time::Zone::utc();
  std::deque<Entry> entries_;
  std::unordered_map<std::uint64_t, Who> sources_;
  std::uint64_t registrations_ = 0;
  std::vector<std::string> errors_;
  std::vector<std::string> mistakes_;  // one for each of the errors
  std::vector<RecordedCall> calls_;
  std::size_t forgotten_ = 0;
  std::unordered_set<std::string> named_;
};

/// Takes the apps' log lines onto the tape.
class LogToTape final : public log::Sink {
 public:
  LogToTape(async::Loop& loop, Tape& tape) : loop_(loop), tape_(tape) {}
  void write(const log::LogRecord& record) override;

 private:
  async::Loop& loop_;
  Tape& tape_;
};

}  // namespace hassette::harness
