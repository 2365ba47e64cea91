#pragma once
// The last hundred events and how many there were, written for every event that comes in.
//
// Recording costs well under 100 ns: one uncontended lock, and texts copied into places that keep
// their memory; a batch takes the lock once and copies only what will stay. Any thread.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "async/fiber.hpp"
#include "telemetry/facts.hpp"

namespace hassette::telemetry {

class EventTape {
 public:
  static constexpr std::size_t kKept = 100;
  static constexpr std::size_t kStartedKept = 8;  // handlers that are named for one event
  using Number = std::uint64_t;                   // counts up from 1

  struct Entry {
    Number number = 0;  // 0: the place is empty
    TimePoint time;
    std::string what;
    std::string detail;
    std::string old_text;
    std::string new_text;
    bool has_old = false;
    bool has_new = false;
    bool state_change = false;
    bool recovered = false;
    std::array<const async::Label*, kStartedKept> started{};
    std::size_t started_count = 0;  // may exceed what is kept
  };

  struct Counts {
    std::uint64_t events = 0;
    double per_second = 0;  // over the last ten seconds
    std::uint64_t dropped = 0;
    std::map<std::string, std::uint64_t, std::less<>> unknown_frames;
  };

  /// Gives the event's number, for `started`.
  Number record(const EventNote& note);
  /// Gives the number of the last one; the others precede it without gaps.
  Number record(std::span<const EventNote> notes);
  /// The event made this handler run.
  void started(Number number, const async::Label& handler);
  /// Events that a full queue refused.
  void add_dropped(std::uint64_t events);
  /// A frame that nothing here understands; `kind` is what it calls itself.
  void add_unknown_frame(std::string_view kind);

  /// Oldest first.
  std::vector<Entry> entries() const;
  Counts counts(TimePoint now) const;

 private:
  struct Second {
    std::int64_t second = -1;
    std::uint64_t events = 0;
  };
  static constexpr std::size_t kSeconds = 10;
  static constexpr std::size_t kMaxKinds = 32;
  void count(TimePoint time);
  void keep(const EventNote& note, Number number);

  mutable std::mutex mutex_;
  std::array<Entry, kKept> ring_;
  std::array<Second, kSeconds> seconds_;
  Number last_ = 0;
  std::uint64_t dropped_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> unknown_;
};

}  // namespace hassette::telemetry
