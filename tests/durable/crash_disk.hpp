#pragma once
// A disk for SQLite on which the process dies, or the power fails, at a chosen step of a write.
//
// A layer over SQLite's own way to the system, named "crash", and counters in memory that outlives
// the processes that share it. Every write is two steps, every sync, truncation and removal one.
#include <atomic>
#include <cstdint>

namespace hassette::durable {

enum class Loses : std::uint8_t {
  kNothing,   ///< the process is killed: what it has written is there
  kUnsynced,  ///< the power fails: what was not synced is gone
};

/// What is left when a process is killed; made before it is forked.
struct World {
  std::atomic<int> steps;
  std::atomic<std::int64_t> now;  ///< on the clock in the home, microseconds since 1970
  std::atomic<int> begun;         ///< runs of the handler
  std::atomic<int> ended;
};
World* make_world();
void end_world(World* world);

/// Registers the disk for this process. It is killed at that step, never where it is negative.
void install_crash_disk(World* world, int dies_at, Loses loses);
/// One step of this process, and perhaps its last.
void step();
/// From now on every write fails as on a full disk; or does not any more.
void set_disk_full(bool full);
/// Transactions that were synced.
int syncs();

}  // namespace hassette::durable
