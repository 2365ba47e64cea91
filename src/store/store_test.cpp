// The database: what it makes of files that are good, damaged, newer, locked or somebody else's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "log/ring_sink.hpp"
#include "store/database.hpp"

namespace hassette::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array<std::string_view, 1> kLayout1 = {
    "CREATE TABLE lamp (name TEXT PRIMARY KEY, level INTEGER, volts REAL) STRICT"};
constexpr std::array<std::string_view, 2> kLayout2 = {
    kLayout1[0], "ALTER TABLE lamp ADD COLUMN room TEXT; UPDATE lamp SET room = 'hall'"};

class Store : public testing::Test {
 public:
  Store() { log::add_sink(ring); }
  ~Store() override {
    log::remove_sink(*ring);
    fs::remove_all(folder);
  }
  static fs::path make_folder() {
    std::string name = (fs::temp_directory_path() / "hassette-store-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    return name;
  }
  Database open(Database::Migrations migrations = kLayout1) const {
    return Database::open(options, migrations);
  }
  /// What opening throws.
  StoreError fault(Database::Migrations migrations = kLayout1) const {
    try {
      open(migrations);
    } catch (const StoreError& error) {
      return error;
    }
    return {Fault::kOther, "nothing was thrown"};
  }
  static std::int64_t count(Database& database) {
    Statement statement = database.prepare("SELECT count(*) FROM lamp");
    statement.step();
    return statement.integer(0);
  }
  static std::string ask(Database& database, const char* pragma) {
    Statement statement = database.prepare(pragma);
    statement.step();
    return std::to_string(statement.integer(0));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  std::vector<std::string> logged() const {
    std::vector<std::string> texts;
    for (const auto& line : ring->lines(10)) texts.push_back(line.record.message);
    return texts;
  }
  static mode_t mode_of(const fs::path& file) {
    struct stat status{};
    ::stat(file.c_str(), &status);
    return status.st_mode & 07777;
  }
  void fill(int lamps) const {
    Database database = open();
    Transaction transaction(database);
    Statement insert = database.prepare("INSERT INTO lamp (name, level) VALUES (?1, ?2)");
    for (int i = 0; i < lamps; ++i) insert.run("lamp " + std::to_string(i), i);
    transaction.commit();
  }
  void overwrite(std::streamoff at, const std::string& bytes) const {
    std::fstream file(options.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }

  std::shared_ptr<log::RingSink> ring = std::make_shared<log::RingSink>(10);
  fs::path folder = make_folder();
  DatabaseOptions options{.file = folder / "lamps.db", .content = "the lamps"};
};

TEST_F(Store, gives_back_what_was_put_into_it) {
  Database database = open();
  const std::string odd("a\0b \xc3\xa4", 6);
  database.prepare("INSERT INTO lamp VALUES (?1, ?2, ?3)").run(odd, 1LL << 40, 2.5);
  database.prepare("INSERT INTO lamp VALUES (?1, ?2, ?3)")
      .run("", std::optional<std::int64_t>(), std::nullopt);
  Statement all = database.prepare("SELECT * FROM lamp ORDER BY name DESC");
  ASSERT_TRUE(all.step());
  EXPECT_EQ(all.text(0), odd);
  EXPECT_EQ(all.integer(1), 1LL << 40);
  EXPECT_EQ(all.real(2), 2.5);
  ASSERT_TRUE(all.step());
  EXPECT_EQ(all.text(0), "");
  EXPECT_EQ(all.integer_or_null(1), std::nullopt);
  EXPECT_TRUE(all.is_null(2));
  EXPECT_FALSE(all.step());
}

TEST_F(Store, refuses_a_column_of_another_type) {
  fill(1);
  Database database = open();
  Statement all = database.prepare("SELECT level FROM lamp");
  all.step();
  EXPECT_THROW(all.text(0), StoreError);
}

TEST_F(Store, commits_to_the_disk_and_keeps_its_references) {
  Database database = open();
  EXPECT_EQ(ask(database, "PRAGMA synchronous"), "2");
  EXPECT_EQ(ask(database, "PRAGMA foreign_keys"), "1");
  EXPECT_THAT(names(), ElementsAre("lamps.db", "lamps.db-shm", "lamps.db-wal"));
}

TEST_F(Store, a_transaction_that_is_left_has_not_happened) {
  Database database = open();
  {
    const Transaction transaction(database);
    database.run("INSERT INTO lamp (name) VALUES ('a')");
  }
  EXPECT_EQ(count(database), 0);
  Transaction transaction(database);
  database.run("INSERT INTO lamp (name) VALUES ('a')");
  transaction.commit();
  EXPECT_EQ(count(database), 1);
}

TEST_F(Store, a_statement_that_failed_can_be_used_again) {
  Database database = open();
  Statement insert = database.prepare("INSERT INTO lamp (name) VALUES (?1)");
  insert.run("a");
  EXPECT_THROW(insert.run("a"), StoreError);
  insert.run("b");
  EXPECT_EQ(count(database), 2);
}

TEST_F(Store, the_file_is_its_owners_alone) {
  open();
  EXPECT_EQ(mode_of(options.file), 0600u);
  fs::permissions(options.file, fs::perms(0644));
  const Database database = open();
  EXPECT_EQ(mode_of(options.file), 0600u);
  EXPECT_EQ(mode_of(options.file.string() + "-wal"), 0600u);
}

TEST_F(Store, follows_no_link_in_the_place_of_the_file_but_those_above_it) {
  fs::create_symlink(folder / "elsewhere", options.file);
  EXPECT_THAT(fault().what(), HasSubstr("lamps.db is a symbolic link: remove it"));
  EXPECT_EQ(fault().fault(), Fault::kUnusable);
  EXPECT_THAT(names(), ElementsAre("lamps.db")) << "nothing was made at the end of the link";
  fs::remove(options.file);

  fs::create_directory(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  options.file = folder / "link" / "lamps.db";
  open();
  EXPECT_TRUE(fs::exists(folder / "real" / "lamps.db"));
}

TEST_F(Store, says_what_is_wrong_with_the_place) {
  options.file = folder / "missing" / "lamps.db";
  EXPECT_THAT(fault().what(), HasSubstr("has no usable folder (No such file or directory)"));
  options.file = folder;
  options.file /= "sub";
  fs::create_directory(options.file);
  EXPECT_THAT(fault().what(), HasSubstr("is no file"));
}

TEST_F(Store, brings_an_older_file_to_the_layout_that_is_known) {
  fill(3);
  Database database = open(kLayout2);
  Statement rooms = database.prepare("SELECT count(*) FROM lamp WHERE room = 'hall'");
  rooms.step();
  EXPECT_EQ(rooms.integer(0), 3);
  EXPECT_EQ(ask(database, "PRAGMA user_version"), "2");
}

TEST_F(Store, a_migration_that_fails_leaves_the_layout_before_it) {
  fill(3);
  constexpr std::array<std::string_view, 2> kBad = {
      kLayout1[0], "DELETE FROM lamp; INSERT INTO no_such_table VALUES (1)"};
  EXPECT_THAT(fault(kBad).what(), HasSubstr("no such table"));
  Database database = open();
  EXPECT_EQ(count(database), 3);
  EXPECT_EQ(ask(database, "PRAGMA user_version"), "1");
}

TEST_F(Store, leaves_a_newer_file_alone) {
  open(kLayout2);
  EXPECT_EQ(fault().fault(), Fault::kNewer);
  EXPECT_THAT(fault().what(),
              HasSubstr("was written by a newer hassette (its layout is 2, this one knows 1): "
                        "start that one again, or move the file away"));
  EXPECT_THAT(names(), ElementsAre("lamps.db"));
}

TEST_F(Store, sets_a_damaged_file_aside_and_begins_anew) {
  const std::function<void()> damages[] = {
      [this] { overwrite(0, "this is no database, whatever its name says"); },
      [this] { overwrite(4096, std::string(4096, '\xff')); },
      [this] { overwrite(8192, std::string(100, '\x42')); },
      [this] { fs::resize_file(options.file, 5000); },
      [this] { fs::resize_file(options.file, 100); }};
  int number = 0;
  for (const auto& damage : damages) {
    SCOPED_TRACE(++number);
    fill(1000);
    damage();
    const auto bytes = fs::file_size(options.file);
    Database database = open();
    EXPECT_EQ(count(database), 0);
    const std::string aside = "lamps.db.damaged-" + std::to_string(number);
    EXPECT_EQ(fs::file_size(folder / aside), bytes) << "it is kept as it was";
    ASSERT_EQ(logged().size(), static_cast<std::size_t>(number));
    EXPECT_THAT(logged().back(), HasSubstr("lamps.db is damaged ("));
    EXPECT_THAT(logged().back(),
                HasSubstr("it is kept as " + aside + ", and the lamps begin anew"));
  }
}

TEST_F(Store, keeps_nine_damaged_files_at_most) {
  for (int i = 0; i < 12; ++i) {
    std::ofstream(options.file) << "no database " << i << std::string(1000, ' ');
    open();
  }
  EXPECT_EQ(names().size(), 10u);
}

TEST_F(Store, a_damaged_files_log_is_not_applied_to_the_new_one) {
  fill(1000);
  {
    Database database = open();
    database.run("INSERT INTO lamp (name) VALUES ('zzz')");
    fs::copy_file(options.file.string() + "-wal", folder / "log");
  }
  overwrite(0, std::string(4096, 'x'));
  fs::rename(folder / "log", options.file.string() + "-wal");
  Database database = open();
  EXPECT_EQ(count(database), 0);
  EXPECT_TRUE(fs::exists(folder / "lamps.db.damaged-1-wal"));
}

TEST_F(Store, names_who_is_in_the_way) {
  Database holder = open();
  options.busy_timeout = std::chrono::milliseconds(1);
  Database database = open();
  const Transaction transaction(holder);
  try {
    database.run("INSERT INTO lamp (name) VALUES ('a')");
    ADD_FAILURE() << "it was not locked";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.fault(), Fault::kLocked);
    EXPECT_THAT(error.what(), HasSubstr("lamps.db is locked by another program"));
  }
}

TEST_F(Store, a_disk_without_room_is_told_from_other_faults) {
  Database database = open();
  database.prepare("PRAGMA max_page_count = 3").step();
  const auto insert = [&] {
    for (int i = 0; i < 1000; ++i) {
      database.prepare("INSERT INTO lamp (name) VALUES (?1)").run(std::to_string(i));
    }
  };
  try {
    insert();
    ADD_FAILURE() << "there was room";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.fault(), Fault::kFull);
    EXPECT_THAT(error.what(), HasSubstr("is full"));
  }
}

TEST_F(Store, notices_that_the_file_was_removed_or_replaced) {
  const Database database = open();
  EXPECT_TRUE(database.is_in_place());
  fs::rename(options.file, folder / "moved.db");
  EXPECT_FALSE(database.is_in_place());
  std::ofstream(options.file) << "another";
  EXPECT_FALSE(database.is_in_place());
}

}  // namespace
}  // namespace hassette::store
