#include "app/job_file.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "time/instant.hpp"

namespace hassette::app {

using run::LedgerKey;
using store::Fault;
using store::StoreError;

namespace {

// Times are microseconds since 1970. `begun` counts how often the run of an occurrence began.
// Layout 2: holds, which have an entity, and what their runs are given. Layout 3: when each was
// there last.
constexpr std::array<std::string_view, 3> kLayouts = {R"(
  CREATE TABLE job (
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    trigger TEXT NOT NULL,
    planned INTEGER,
    last INTEGER,
    PRIMARY KEY (app, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE occurrence (
    app TEXT NOT NULL,
    job TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    PRIMARY KEY (app, job, number),
    FOREIGN KEY (app, job) REFERENCES job (app, name) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
)",
                                                      R"(
  ALTER TABLE job RENAME TO job_1;
  ALTER TABLE occurrence RENAME TO occurrence_1;
  CREATE TABLE job (
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    entity TEXT NOT NULL,
    trigger TEXT NOT NULL,
    planned INTEGER,
    last INTEGER,
    about TEXT NOT NULL,
    PRIMARY KEY (app, name, entity)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE occurrence (
    app TEXT NOT NULL,
    job TEXT NOT NULL,
    entity TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (app, job, entity, number),
    FOREIGN KEY (app, job, entity) REFERENCES job (app, name, entity) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  INSERT INTO job SELECT app, name, '', trigger, planned, last, '' FROM job_1;
  INSERT INTO occurrence SELECT app, job, '', number, at, begun, '' FROM occurrence_1;
  DROP TABLE occurrence_1;
  DROP TABLE job_1;
)",
                                                      R"(
  ALTER TABLE job ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
)"};

using time::from_micros;
using time::to_micros;

std::optional<std::int64_t> to_micros(const std::optional<TimePoint>& time) {
  return time ? std::optional(to_micros(*time)) : std::nullopt;
}

std::optional<TimePoint> from_micros(const std::optional<std::int64_t>& since_1970) {
  return since_1970 ? std::optional(from_micros(*since_1970)) : std::nullopt;
}

}  // namespace

JobFile::Book::Book(store::Database opened)
    : database(std::move(opened)),
      all(database.prepare(
          "SELECT app, name, entity, trigger, planned, last, about, seen FROM job")),
      all_open(database.prepare("SELECT app, job, entity, at, begun, about FROM occurrence "
                                "ORDER BY app, job, entity, number")),
      insert(database.prepare(
          "INSERT INTO job (app, name, entity, trigger, planned, last, about, seen) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET "
          "trigger = excluded.trigger, planned = excluded.planned, last = excluded.last, "
          "about = excluded.about, seen = excluded.seen")),
      insert_open(
          database.prepare("INSERT INTO occurrence (app, job, entity, number, at, begun, about) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")),
      erase(database.prepare("DELETE FROM job WHERE app = ?1 AND name = ?2 AND entity = ?3")),
      erase_open(
          database.prepare("DELETE FROM occurrence WHERE app = ?1 AND job = ?2 AND entity = ?3")) {}

LedgerRows JobFile::Book::read() {
  LedgerRows rows;
  all.reset();
  while (all.step()) {
    rows[{all.text(0), all.text(1), all.text(2)}] = {
        .entry = {.trigger = all.text(3),
                  .planned = from_micros(all.integer_or_null(4)),
                  .last = from_micros(all.integer_or_null(5)),
                  .about = all.text(6)},
        .seen = from_micros(all.integer(7))};
  }
  all_open.reset();
  while (all_open.step()) {
    rows[{all_open.text(0), all_open.text(1), all_open.text(2)}].entry.open.push_back(
        {.at = from_micros(all_open.integer(3)),
         .begun = static_cast<int>(all_open.integer(4)),
         .about = all_open.text(5)});
  }
  return rows;
}

void JobFile::Book::write(const LedgerChanges& changes) {
  // Without changes SQLite would find nothing wrong.
  database.require_writable();
  store::Transaction transaction(database);
  for (const auto& [key, row] : changes) {
    if (row) {
      put(key, *row);
    } else {
      erase.run(key.app, key.name, key.entity);
    }
  }
  transaction.commit();
}

void JobFile::Book::put(const LedgerKey& key, const LedgerRow& row) {
  const run::LedgerEntry& entry = row.entry;
  insert.run(key.app, key.name, key.entity, entry.trigger, to_micros(entry.planned),
             to_micros(entry.last), entry.about, to_micros(row.seen));
  erase_open.run(key.app, key.name, key.entity);
  int number = 0;
  for (const run::Occurrence& open : entry.open) {
    insert_open.run(key.app, key.name, key.entity, ++number, to_micros(open.at), open.begun,
                    open.about);
  }
}

JobFile::Result JobFile::open() {
  Result result;
  try {
    book_.reset();
    book_.emplace(store::Database::open(options_, kLayouts));
    is_fresh_ = true;
    result.read = book_->read();
    book_->database.require_writable();
  } catch (const std::exception& error) {
    // One that can be read stays open: the next write says again why there is none.
    if (!result.read) book_.reset();
    result.error = error.what();
  }
  return result;
}

JobFile::Result JobFile::write(const LedgerChanges& changes, std::chrono::milliseconds patience) {
  const bool just_opened = std::exchange(is_fresh_, false);
  if (!book_ || (!just_opened && !book_->database.is_in_place())) {
    options_.busy_timeout = patience;
    return open();
  }
  try {
    book_->database.set_busy_timeout(patience);
    book_->write(changes);
    return {};
  } catch (const StoreError& error) {
    // These pass without harm to the connection; after anything else the file is looked at anew.
    const bool passes = error.fault() == Fault::kLocked || error.fault() == Fault::kFull;
    if (!passes) book_.reset();
    return {.error = error.what()};
  } catch (const std::exception& error) {
    book_.reset();
    return {.error = error.what()};
  }
}

}  // namespace hassette::app
