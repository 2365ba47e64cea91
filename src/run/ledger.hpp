#pragma once
// Ledger: the port that remembers durable jobs and holds over a restart or a crash of the engine.
//
// A job has one entry, a listener one for each entity whose hold is under way; an entry is replaced
// as a whole. `find`, `put` and `erase` are plain and do not wait: what is put is written behind
// them, in that order, each entry completely or not at all. `settled` returns once everything that
// was put before it would survive a power cut. A run begins only after the entry that says so has
// settled; that is the moment at which an occurrence counts as started:
//
//   due      put {planned = next, open += {occurrence, begun 0}}
//   begins   put {open[occurrence].begun += 1}, settled(), then the handler
//   ended    put {open -= occurrence}
//
// So after a crash an occurrence that had not started is either still `planned` or open with
// `begun` 0, and starts once; one that is open with `begun` > 0 was interrupted, and the policy of
// its job or listener decides. A clean stop leaves entries as they are. Owned by the composition
// root, which has all entries read before the first app starts; loop thread. `settled` throws where
// nothing can be written, and `fault` says so; the run begins all the same, and the log says what
// that means, once.
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include <hassette/task.hpp>
#include <hassette/time.hpp>

namespace hassette::run {

struct LedgerKey {
  std::string app;          ///< the instance: "key" or "key/name"
  std::string name;         ///< of the job; of a listener with what it listens to
  std::string entity = {};  ///< whose hold it is; empty for a job
  friend auto operator<=>(const LedgerKey&, const LedgerKey&) = default;
};

/// A time that came, and whose run has not ended.
struct Occurrence {
  TimePoint at;
  int begun = 0;           ///< how often its run began
  std::string about = {};  ///< see LedgerEntry
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

struct LedgerEntry {
  /// What is waited for, in words. Another text means that the author changed the job or listener,
  /// and its plan begins anew.
  std::string trigger;
  /// The next time, on the home's clock; empty when there is none. Of a hold: when it is over.
  std::optional<TimePoint> planned;
  /// The last time that came.
  std::optional<TimePoint> last;
  std::vector<Occurrence> open;
  /// What the run at `planned` is given: of a hold the change that began it, as text; empty for a
  /// job.
  std::string about = {};
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

class Ledger {
 public:
  virtual ~Ledger() = default;
  /// As it was put last; nothing where there is none. Who asks is there: its entry is wanted.
  virtual std::optional<LedgerEntry> find(const LedgerKey& key) = 0;
  /// Whether there is one; unlike `find`, this is no sign that its job or listener is there.
  virtual bool remembers(const LedgerKey& key) const = 0;
  /// The entities of whose holds a listener has entries.
  virtual std::vector<std::string> entities(const std::string& app,
                                            const std::string& name) const = 0;
  virtual void put(const LedgerKey& key, const LedgerEntry& entry) = 0;
  virtual void erase(const LedgerKey& key) = 0;
  virtual Task<> settled() = 0;
  /// Why nothing can be written at present, as a sentence; empty while it can.
  virtual const std::string& fault() const = 0;
};

}  // namespace hassette::run
