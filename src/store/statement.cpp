#include "store/statement.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/assert.hpp"
#include "store/fault.hpp"

namespace hassette::store {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);  // repeats the error of the last step, which has been thrown
}

Statement::Statement(sqlite3* connection, std::string_view sql, const std::filesystem::path& file)
    : file_(file) {
  sqlite3_stmt* made = nullptr;
  const int result = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement_.reset(made);
  if (result != SQLITE_OK) raise(connection, result, file_);
}

void Statement::check(int result) const {
  if (result != SQLITE_OK) raise(sqlite3_db_handle(statement_.get()), result, file_);
}

bool Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    reset();
    return false;
  }
  // Told before the reset, which is what ends the statement's hold on the file.
  const struct Reset {
    Statement& statement;
    ~Reset() { statement.reset(); }
  } reset_after{*this};
  raise(sqlite3_db_handle(statement_.get()), result, file_);
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_.get());
}

void Statement::set(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), index, value));
}

void Statement::set(int index, double value) {
  check(sqlite3_bind_double(statement_.get(), index, value));
}

void Statement::set(int index, std::string_view value) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* const text = value.empty() ? "" : value.data();
  check(sqlite3_bind_text64(statement_.get(), index, text, value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Statement::set(int index, std::nullopt_t) {
  check(sqlite3_bind_null(statement_.get(), index));
}

void Statement::expect_parameters(int count) const {
  HASSETTE_ASSERT(sqlite3_bind_parameter_count(statement_.get()) == count,
                  "every parameter of a statement is bound at once");
}

void Statement::expect_type(int column, int type) const {
  if (sqlite3_column_type(statement_.get(), column) == type) return;
  throw StoreError(Fault::kDamaged,
                   fmt::format("{} is damaged (`{}` holds another type)", file_.string(),
                               sqlite3_column_name(statement_.get(), column)));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  expect_type(column, SQLITE_INTEGER);
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::integer_or_null(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

double Statement::real(int column) const {
  expect_type(column, SQLITE_FLOAT);
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  expect_type(column, SQLITE_TEXT);
  const auto* const bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace hassette::store
