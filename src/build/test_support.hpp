#pragma once
// What the tests of this layer share: a folder that goes away, a loop to run tasks on, and a
// compiler that only pretends, so that what is compiled when can be tested without the seconds that
// it takes.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <hassette/async.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "async/loop.hpp"
#include "async/pool.hpp"
#include "build/cache.hpp"
#include "build/toolchain.hpp"

namespace hassette::build {

inline void write(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

inline std::string read(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Runs tasks to their end on a loop of its own, with a pool beside it.
class TestLoop final : private async::FiberOwner {
 public:
  async::VirtualClock clock{async::WallTime{}};
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  async::Pool pool{3};

  template <class T>
  T run(Task<T> task) {
    std::optional<async::Value<T>> result;
    async::Fiber fiber(loop, async::intern_label("test", "run"), *this);
    fiber.start(async::store(std::move(task), &result));
    finish(fiber);
    if (fiber.error()) std::rethrow_exception(fiber.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }

  /// A fiber that the test starts, and cancels when it likes.
  async::Fiber make_fiber() { return {loop, async::intern_label("test", "fiber"), *this}; }
  void finish(const async::Fiber& fiber) {
    while (!fiber.finished()) loop.turn(true);
    loop.run_ready();
  }

 private:
  void on_finish(async::Fiber&) noexcept override {}
};

/// What the pretended compiler is.
constexpr std::string_view kScript = R"sh(#!/bin/sh
here=$(dirname "$0")
if [ "$1" = --version ]; then echo "Debian clang version 19.1.7"; exit 0; fi
kind=link
while [ $# -gt 0 ]; do
  case "$1" in
    -o) out=$2; shift ;;
    -MF) dep=$2; shift ;;
    -c) source=$2; kind=compile; shift ;;
    -x) kind=pch; shift ;;
  esac
  shift
done
echo "$kind" >> "$here/log"
if [ -n "$source" ] && grep -q losing "$source" && [ ! -e "$here/lost" ]; then
  touch "$here/lost"
  echo "fatal error: PCH file '/cache/pch/app.pch' not found: module file not found"
  exit 1
fi
if [ -n "$source" ] && grep -q hang "$source"; then exec sleep 1000 3> "$here/hanging"; fi
if [ -n "$source" ] && grep -q wrong "$source"; then
  for line in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "$source:$line:1: error: mistake $line"; done
  exit 1
fi
if [ -n "$source" ] && grep -q 'fills the disk' "$source"; then
  if grep -q 'a mistake' "$source"; then echo "$source:1:1: error: a mistake"; fi
  if grep -q 'under mold' "$source"; then
    echo "mold: failed to write to an output file. Disk full?"
  else
    echo "error: error in backend: IO failure on output stream: No space left on device"
  fi
  exit 1
fi
if [ -n "$dep" ]; then
  printf 'app: %s' "$source" > "$dep"
  sed -n 's/^#include "\(.*\)"$/\1/p' "$source" | while read -r header; do
    printf ' \\\n  %s/%s' "$(dirname "$source")" "$header" >> "$dep"
  done
  rooms=$(dirname "$source")/rooms.hpp
  if grep -q 'reads rooms.hpp' "$source"; then printf ' \\\n  %s' "$rooms" >> "$dep"; fi
  if grep -q 'saves rooms.hpp' "$source" && [ ! -e "$here/saved" ]; then
    : > "$here/saved"
    echo hall >> "$rooms"
  fi
fi
echo "$kind" > "$out"
)sh";

/// A compiler that writes a line for each thing it is asked for, and files that hold nothing.
class PretendedCompiler {
 public:
  explicit PretendedCompiler(const std::filesystem::path& folder)
      : program_(folder / "clang++"), log_(folder / "log"), fifo_(folder / "hanging") {
    ::mkfifo(fifo_.c_str(), 0600);
    write(program_, kScript);
    ::chmod(program_.c_str(), 0700);
  }

  Toolchain toolchain() const {
    return {.compiler = program_,
            .version = "Debian clang version 19.1.7",
            .linker = "mold",
            .include_dir = engine_include_dir(running_program()),
            .library_dir = "/nowhere"};
  }
  std::size_t count(std::string_view kind) const {
    std::ifstream log(log_);
    std::size_t found = 0;
    for (std::string line; std::getline(log, line);) found += line == kind ? 1 : 0;
    return found;
  }
  /// Opened for reading, it waits for a compiler that hangs; its end is the end of that compiler.
  const std::filesystem::path& hanging() const { return fifo_; }

 private:
  std::filesystem::path program_;
  std::filesystem::path log_;
  std::filesystem::path fifo_;
};

}  // namespace hassette::build
