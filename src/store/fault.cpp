#include "store/fault.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>

namespace hassette::store {

namespace {

/// What SQLite says and, where it is of use, what the system said to it.
std::string tell(sqlite3* connection, int result) {
  std::string text = connection ? sqlite3_errmsg(connection) : sqlite3_errstr(result);
  const int system = connection ? sqlite3_system_errno(connection) : 0;
  const int kind = result & 0xff;
  if (system != 0 && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN)) {
    text += fmt::format(": {}", std::strerror(system));
  }
  return text;
}

}  // namespace

void raise(sqlite3* connection, int result, const std::filesystem::path& file) {
  const std::string name = file.string();
  const std::string why = tell(connection, result);
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreError(
          Fault::kLocked,
          fmt::format("{} is locked by another program ({}): close what has it open", name, why));
    case SQLITE_FULL:
      throw StoreError(Fault::kFull,
                       fmt::format("the disk of {} is full ({}): make room on it", name, why));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw StoreError(
          Fault::kUnusable,
          fmt::format("{} cannot be written ({}): see to the folder, its permissions and whether "
                      "its disk is mounted read-only",
                      name, why));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw StoreError(Fault::kDamaged, fmt::format("{} is damaged ({})", name, why));
    default:
      throw StoreError(Fault::kOther, fmt::format("{} fails ({}): see to its disk", name, why));
  }
}

}  // namespace hassette::store
