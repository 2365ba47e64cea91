#include "app/job_file.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace hassette::app {

using schedule::LedgerEntry;
using schedule::LedgerKey;
using store::Fault;
using store::StoreError;

namespace {

// Times are microseconds since 1970. `begun` counts how often the run of an occurrence began.
constexpr std::array<std::string_view, 1> kLayouts = {R"(
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
)"};

std::int64_t micros(TimePoint time) {
  return time.time_since_epoch().count();
}

TimePoint moment(std::int64_t since_1970) {
  return TimePoint(TimePoint::duration(since_1970));
}

std::optional<std::int64_t> micros(const std::optional<TimePoint>& time) {
  return time ? std::optional(micros(*time)) : std::nullopt;
}

std::optional<TimePoint> moment(const std::optional<std::int64_t>& since_1970) {
  return since_1970 ? std::optional(moment(*since_1970)) : std::nullopt;
}

}  // namespace

JobFile::Book::Book(store::Database opened)
    : database(std::move(opened)),
      all(database.prepare("SELECT app, name, trigger, planned, last FROM job")),
      all_open(
          database.prepare("SELECT app, job, at, begun FROM occurrence ORDER BY app, job, number")),
      insert(database.prepare("INSERT INTO job (app, name, trigger, planned, last) "
                              "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
                              "trigger = excluded.trigger, planned = excluded.planned, "
                              "last = excluded.last")),
      insert_open(database.prepare("INSERT INTO occurrence (app, job, number, at, begun) "
                                   "VALUES (?1, ?2, ?3, ?4, ?5)")),
      erase(database.prepare("DELETE FROM job WHERE app = ?1 AND name = ?2")),
      erase_open(database.prepare("DELETE FROM occurrence WHERE app = ?1 AND job = ?2")) {}

LedgerEntries JobFile::Book::read() {
  LedgerEntries entries;
  all.reset();
  while (all.step()) {
    entries[{all.text(0), all.text(1)}] = {.trigger = all.text(2),
                                           .planned = moment(all.integer_or_null(3)),
                                           .last = moment(all.integer_or_null(4))};
  }
  all_open.reset();
  while (all_open.step()) {
    entries[{all_open.text(0), all_open.text(1)}].open.push_back(
        {.at = moment(all_open.integer(2)), .begun = static_cast<int>(all_open.integer(3))});
  }
  return entries;
}

void JobFile::Book::write(const LedgerChanges& changes) {
  store::Transaction transaction(database);
  for (const auto& [key, entry] : changes) {
    if (entry) {
      put(key, *entry);
    } else {
      erase.run(key.app, key.job);
    }
  }
  transaction.commit();
}

void JobFile::Book::put(const LedgerKey& key, const LedgerEntry& entry) {
  insert.run(key.app, key.job, entry.trigger, micros(entry.planned), micros(entry.last));
  erase_open.run(key.app, key.job);
  int number = 0;
  for (const schedule::Occurrence& open : entry.open) {
    insert_open.run(key.app, key.job, ++number, micros(open.at), open.begun);
  }
}

JobFile::Result JobFile::open() {
  try {
    book_.reset();
    book_.emplace(store::Database::open(options_, kLayouts));
    is_fresh_ = true;
    return {.read = book_->read()};
  } catch (const std::exception& error) {
    book_.reset();
    return {.error = error.what()};
  }
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
