#pragma once
// layer: run
//
// Mode: what happens when a handler or job is to run while an earlier run of it has not ended.
//
//   .mode = Mode::kRestart      .mode = queued(5)      .mode = parallel(3)
//
// A listener to several entities applies it to each of them by itself. A value; any thread.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hassette {

class Mode {
 public:
  enum Kind : std::uint8_t {
    kSingle,    ///< the new run is not started; counted as suppressed
    kRestart,   ///< the old run is cancelled and awaited, then the newest one starts
    kQueued,    ///< one after the other; `limit` wait, then the newest is dropped and counted
    kParallel,  ///< side by side; past `limit` the newest is dropped and counted
  };
  static constexpr std::uint32_t kDefaultQueue = 10;
  /// The most that one registration has waiting or running side by side, over all its entities.
  static constexpr std::uint32_t kMost = 1000;

  constexpr Mode(Kind kind = kSingle)
      : kind_(kind),
        limit_(kind == kQueued     ? kDefaultQueue
               : kind == kParallel ? kMost
                                   : 1) {}

  constexpr Kind kind() const { return kind_; }
  /// How many may wait (queued) or run (parallel), for each entity.
  constexpr std::uint32_t limit() const { return limit_; }

  friend constexpr bool operator==(const Mode&, const Mode&) = default;
  friend constexpr Mode queued(std::uint32_t waiting);
  friend constexpr Mode parallel(std::uint32_t running);

 private:
  constexpr Mode(Kind kind, std::uint32_t limit) : kind_(kind), limit_(limit) {}
  Kind kind_;
  std::uint32_t limit_;
};

/// One after the other, with room for so many that wait: 1 to 1000.
constexpr Mode queued(std::uint32_t waiting) {
  return {Mode::kQueued, waiting};
}
/// Side by side, so many at once: 1 to 1000.
constexpr Mode parallel(std::uint32_t running) {
  return {Mode::kParallel, running};
}

/// `.timeout = kNoTimeout`: a run may take as long as it likes.
inline constexpr std::chrono::nanoseconds kNoTimeout = std::chrono::nanoseconds::max();

}  // namespace hassette
