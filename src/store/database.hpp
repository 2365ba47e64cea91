#pragma once
// Database: one SQLite file, opened with care; and Transaction.
//
// `open` makes the file for this user alone, follows no link in its place, looks at what is in it
// and brings it to the layout that this program knows. A damaged file is set aside under another
// name, which the log tells, and an empty one takes its place. Whatever else fails throws
// StoreError. Owned by whoever opened it; used on one thread at a time, whichever.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "store/fault.hpp"
#include "store/statement.hpp"

namespace hassette::store {

/// What a commit is worth when the power fails. The file stays whole in both cases.
enum class Sync : std::uint8_t {
  kEachCommit,  ///< what was committed is there
  kNowAndThen,  ///< the last commits may be gone
};

/// How thoroughly a file is looked at when it is opened; reading all of it takes its time.
enum class Check : std::uint8_t { kNone, kQuick, kThorough };

struct DatabaseOptions {
  std::filesystem::path file;
  std::string content;  ///< "the durable jobs", for what is said when they are lost
  Sync sync = Sync::kEachCommit;
  Check check = Check::kThorough;
  std::chrono::milliseconds busy_timeout{2000};  ///< for another program that has it locked
  std::string vfs = {};  ///< SQLite's way to the system; empty for the usual one
};

class Database {
 public:
  /// The n-th migration (SQL, any number of statements) brings layout n - 1 to n. They are only
  /// ever added to. Each is applied completely or not at all.
  using Migrations = std::span<const std::string_view>;
  static Database open(const DatabaseOptions& options, Migrations migrations);

  Statement prepare(std::string_view sql);
  /// Any number of statements without parameters or results.
  void run(const std::string& sql);
  void set_busy_timeout(std::chrono::milliseconds limit);
  /// Throws what a write would: SQLite opens a file that may only be read without a word.
  void require_writable() const;
  /// False once the file has been removed or replaced under this connection: what is written from
  /// then on goes nowhere.
  bool is_in_place() const;
  const std::filesystem::path& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  /// What tells one file from another.
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  Database() = default;
  static Database try_open(const DatabaseOptions& options, Migrations migrations);
  static Identity identify(const std::filesystem::path& file);
  void connect(const DatabaseOptions& options);
  void set_up(const DatabaseOptions& options);
  void examine(Check check);
  void trust();
  void migrate(Migrations migrations);
  std::string ask(std::string_view sql);

  std::filesystem::path file_;
  Identity identity_;
  std::unique_ptr<sqlite3, Close> connection_;
};

/// All that is done while it exists happens at `commit` or not at all.
class Transaction {
 public:
  /// Takes the right to write at once, so that nothing fails half-way for lack of it.
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace hassette::store
