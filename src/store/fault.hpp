#pragma once
// What goes wrong with a database: in kinds that a program can act on, and as a sentence.
//
// A value; any thread. The sentence names the file and says what to do.
#include <cstdint>
#include <filesystem>
#include <string>

#include <hassette/error.hpp>

struct sqlite3;

namespace hassette::store {

enum class Fault : std::uint8_t {
  kLocked,    ///< another program has it, for longer than the busy timeout
  kFull,      ///< there is no room on the disk
  kUnusable,  ///< it cannot be opened or written: permissions, a read-only disk, a missing folder
  kDamaged,   ///< what is in it is no database, or a broken one
  kNewer,     ///< a newer version of the program has written it
  kOther,
};

class StoreError : public Error {
 public:
  StoreError(Fault fault, std::string message)
      : Error("store", std::move(message)), fault_(fault) {}
  Fault fault() const noexcept { return fault_; }

 private:
  Fault fault_;
};

/// Throws the last error of the connection; with an empty one, what the result code says.
[[noreturn]] void raise(sqlite3* connection, int result, const std::filesystem::path& file);

}  // namespace hassette::store
