#include "store/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "log/log.hpp"
#include "store/place.hpp"

namespace hassette::store {

namespace fs = std::filesystem;

void Database::Close::operator()(sqlite3* connection) const noexcept {
  sqlite3_close_v2(connection);
}

Database Database::open(const DatabaseOptions& options, Migrations migrations) {
  std::string damage;
  try {
    return try_open(options, migrations);
  } catch (const StoreError& error) {
    if (error.fault() != Fault::kDamaged) throw;
    damage = error.what();
  }
  const fs::path aside = set_aside(prepare_file(options.file));
  log::error("{}: it is kept as {}, and {} begin anew", damage, aside.filename().string(),
             options.content);
  return try_open(options, migrations);
}

Database Database::try_open(const DatabaseOptions& options, Migrations migrations) {
  Database database;
  database.connect(options);
  database.set_up(options);
  database.examine(options.check);
  database.trust();
  database.migrate(migrations);
  return database;
}

void Database::connect(const DatabaseOptions& options) {
  file_ = prepare_file(options.file);
  sqlite3* made = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(file_.c_str(), &made, flags,
                                     options.vfs.empty() ? nullptr : options.vfs.c_str());
  connection_.reset(made);
  if (result != SQLITE_OK) raise(made, result, file_);
  sqlite3_extended_result_codes(made, 1);
  set_busy_timeout(options.busy_timeout);
  identity_ = identify(file_);
}

void Database::set_up(const DatabaseOptions& options) {
  // A file that turns out to be damaged is left as it was found, with its log.
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // The file is data: nothing in it may make SQLite do more than read and write it.
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON");
  // Where a disk cannot have a write-ahead log, SQLite stays with its journal, whose removal must
  // then be on disk, too.
  const bool ahead = ask("PRAGMA journal_mode = WAL") == "wal";
  if (options.sync == Sync::kNowAndThen) {
    run("PRAGMA synchronous = NORMAL");
  } else {
    run(ahead ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = EXTRA");
  }
}

void Database::examine(Check check) {
  if (check == Check::kNone) return;
  const std::string found =
      ask(check == Check::kQuick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)");
  if (found == "ok") return;
  throw StoreError(Fault::kDamaged, fmt::format("{} is damaged ({})", file_.string(), found));
}

void Database::trust() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

void Database::migrate(Migrations migrations) {
  const auto known = static_cast<std::int64_t>(migrations.size());
  const std::int64_t found = std::stoll(ask("PRAGMA user_version"));
  if (found < 0 || found > known) {
    throw StoreError(Fault::kNewer,
                     fmt::format("{} was written by a newer hassette (its layout is {}, this one "
                                 "knows {}): start that one again, or move the file away",
                                 file_.string(), found, known));
  }
  for (std::int64_t layout = found; layout < known; ++layout) {
    Transaction transaction(*this);
    run(std::string(migrations[static_cast<std::size_t>(layout)]));
    run(fmt::format("PRAGMA user_version = {}", layout + 1));
    transaction.commit();
  }
}

Statement Database::prepare(std::string_view sql) {
  return {connection_.get(), sql, file_};
}

void Database::run(const std::string& sql) {
  const int result = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) raise(connection_.get(), result, file_);
}

/// The first column of the first row, as text.
std::string Database::ask(std::string_view sql) {
  Statement statement = prepare(sql);
  if (!statement.step()) return {};
  const auto* const text = sqlite3_column_text(statement.statement_.get(), 0);
  return text ? reinterpret_cast<const char*>(text) : "";
}

void Database::set_busy_timeout(std::chrono::milliseconds limit) {
  sqlite3_busy_timeout(connection_.get(), static_cast<int>(limit.count()));
}

Database::Identity Database::identify(const fs::path& file) {
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0) return {};
  return {.device = status.st_dev, .number = status.st_ino};
}

void Database::require_writable() const {
  if (sqlite3_db_readonly(connection_.get(), "main") != 0) raise(nullptr, SQLITE_READONLY, file_);
}

bool Database::is_in_place() const {
  return identify(file_) == identity_;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.run("ROLLBACK");
  } catch (const StoreError&) {
    // SQLite has rolled back by itself, because of the fault that led here.
  }
}

}  // namespace hassette::store
