#pragma once
// Ledger: the port that remembers durable jobs over a restart or a crash of the engine.
//
// One entry a job, replaced as a whole. `find`, `put` and `erase` are plain and do not wait: what
// is put is written behind them, in that order, each entry completely or not at all. `settled`
// returns once everything that was put before it would survive a power cut. A job's run begins only
// after the entry that says so has settled; that is the moment at which an occurrence counts as
// started:
//
//   due      put {planned = next, open += {occurrence, begun 0}}
//   begins   put {open[occurrence].begun += 1}, settled(), then the handler
//   ended    put {open -= occurrence}
//
// So after a crash an occurrence that had not started is either still `planned` or open with
// `begun` 0, and starts once; one that is open with `begun` > 0 was interrupted, and its job's
// policy decides. A clean stop leaves entries as they are. Owned by the composition root, which has
// all entries read before the first app starts; loop thread. `settled` throws where nothing can be
// written; the job runs all the same and the log says what that means.
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include <hassette/task.hpp>
#include <hassette/time.hpp>

namespace hassette::schedule {

struct LedgerKey {
  std::string app;  ///< the instance: "key" or "key/name"
  std::string job;
  friend auto operator<=>(const LedgerKey&, const LedgerKey&) = default;
};

/// A time of the job that came, and whose run has not ended.
struct Occurrence {
  TimePoint at;
  int begun = 0;  ///< how often its run began
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

struct LedgerEntry {
  /// What the job waits for, in words. Another text means that the author changed the job, and its
  /// plan begins anew.
  std::string trigger;
  /// The next time, on the home's clock; empty when there is none.
  std::optional<TimePoint> planned;
  /// The last time that came.
  std::optional<TimePoint> last;
  std::vector<Occurrence> open;
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

class Ledger {
 public:
  virtual ~Ledger() = default;
  /// As it was put last; nothing where there is none.
  virtual std::optional<LedgerEntry> find(const LedgerKey& key) const = 0;
  virtual void put(const LedgerKey& key, const LedgerEntry& entry) = 0;
  virtual void erase(const LedgerKey& key) = 0;
  virtual Task<> settled() = 0;
};

}  // namespace hassette::schedule
