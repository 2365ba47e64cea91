#pragma once
// Statement: one prepared SQL statement with typed parameters and columns.
//
// Made by Database::prepare, which must outlive it; whoever made it owns it. Used on one thread at
// a time, the database's. Whatever fails throws StoreError; so does a column that holds another
// type than is asked for, since the file is then not what this program wrote.
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace hassette::store {

class Statement {
 public:
  /// Binds the parameters from ?1 on: integers, doubles, texts, and optionals of these.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (set(++index, values), ...);
    expect_parameters(index);
    return *this;
  }
  /// The next row; false when there is none any more, and the statement may be used again.
  bool step();
  /// Binds, and runs it to its end.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (step()) {
    }
  }
  void reset() noexcept;

  // Columns of the row, from 0.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::optional<std::int64_t> integer_or_null(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(sqlite3* connection, std::string_view sql, const std::filesystem::path& file);

  void set(int index, std::int64_t value);
  void set(int index, std::integral auto value) { set(index, std::int64_t{value}); }
  void set(int index, double value);
  void set(int index, std::string_view value);
  void set(int index, std::nullopt_t);
  template <class Value>
  void set(int index, const std::optional<Value>& value) {
    value ? set(index, *value) : set(index, std::nullopt);
  }
  void expect_parameters(int count) const;
  void expect_type(int column, int type) const;
  void check(int result) const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::filesystem::path file_;
};

}  // namespace hassette::store
