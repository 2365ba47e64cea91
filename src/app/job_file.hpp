#pragma once
// JobFile: the pages of the ledger in an SQLite file.
//
// Every call blocks for as long as the disk takes. Owned by the JobLedger; used on one thread at a
// time, whichever. Nothing throws: what goes wrong is a sentence in the answer, and the next call
// tries again.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/ledger.hpp"
#include "store/database.hpp"

namespace hassette::app {

struct LedgerRow {
  run::LedgerEntry entry;
  /// When its job or listener was there last; 1970 where that is not known.
  TimePoint seen;
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};
using LedgerRows = std::map<run::LedgerKey, LedgerRow>;
/// The rows that are others now; without a value, those that are no more.
using LedgerChanges = std::map<run::LedgerKey, std::optional<LedgerRow>>;

class JobFile {
 public:
  explicit JobFile(store::DatabaseOptions options) : options_(std::move(options)) {}

  struct Result {
    std::string error;  ///< empty if it went well
    /// What the file holds, where it had to be opened; then nothing has been written yet. A file
    /// that may only be read gives this and an error.
    std::optional<LedgerRows> read;
  };
  /// Opens the file and reads it.
  Result open();
  /// Writes everything or nothing, and returns when it would survive a power cut. `patience` is for
  /// another program that has the file locked.
  Result write(const LedgerChanges& changes, std::chrono::milliseconds patience);

 private:
  /// The open file, with what is done to it.
  struct Book {
    explicit Book(store::Database opened);
    LedgerRows read();
    void write(const LedgerChanges& changes);
    void put(const run::LedgerKey& key, const LedgerRow& row);

    store::Database database;
    store::Statement all;
    store::Statement all_open;
    store::Statement insert;
    store::Statement insert_open;
    store::Statement erase;
    store::Statement erase_open;
  };

  store::DatabaseOptions options_;
  std::optional<Book> book_;
  bool is_fresh_ = false;  // opened by the last call
};

}  // namespace hassette::app
