#pragma once
// Verdicts: what became of each of the last events that reached a listener, and a ring to keep
// them.
//
// Written for every event, so that a note is three numbers; it becomes words when somebody asks.
#include <array>
#include <cstdint>
#include <string_view>

#include <hassette/predicate_part.hpp>
#include <hassette/time.hpp>

namespace hassette::bus {

enum class Verdict : std::uint8_t {
  kRan,
  kWaits,       // its turn, in mode queued or restart
  kSuppressed,  // by mode single
  kDropped,     // too many waited or ran
  kThrottled,
  kDebounced,
  kHoldBegan,
  kHoldWentOn,
  kHoldEnded,
  kUnchanged,
  kChanged,
  kChangedFrom,
  kChangedTo,
  kWhere,
  kWhereAtEnd,
  kFailed,
  kData,
  kEnded,
  kMissed,
};
/// "ran", "its .changed_to says no"
std::string_view to_string(Verdict verdict);

class Verdicts {
 public:
  static constexpr std::size_t kKept = 8;
  struct Note {
    TimePoint time;
    std::uint32_t entity = 0;
    Verdict verdict = Verdict::kRan;
    PartNumber part = kNoPart;  ///< of `.where`, which said no
  };

  void add(const Note& note) { notes_[count_++ % kKept] = note; }
  std::size_t size() const { return count_ < kKept ? count_ : kKept; }
  /// Oldest first.
  const Note& operator[](std::size_t index) const {
    return notes_[(count_ - size() + index) % kKept];
  }

 private:
  std::array<Note, kKept> notes_;
  std::uint32_t count_ = 0;
};

}  // namespace hassette::bus
