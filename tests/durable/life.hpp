#pragma once
// One life of an engine with one durable job or hold, in a process of its own, on real files.
//
// The clock is virtual; only the job or listener, its ledger and the disk are there. The process
// ends by itself or is killed at a step; what it has done can be read from the World and from the
// file.
#include <filesystem>
#include <hassette/job.hpp>

#include "crash_disk.hpp"

namespace hassette::durable {

enum class Kind { kJob, kHold };

struct LifePlan {
  std::filesystem::path file;
  TimePoint start;
  TimePoint end;
  Kind kind = Kind::kJob;
  Interrupted interrupted = Interrupted::kSkip;
  int dies_at = -1;
  Loses loses = Loses::kNothing;
};

enum class Fate { kLived, kKilled };

/// The times on the home's clock, in Berlin. The job is for `due` each day; the hold begins five
/// minutes before it, when a light goes on.
TimePoint at(int day, int hour, int minute);
TimePoint due();
TimePoint goes_on();

/// Forks and waits. Throws where the process failed in another way.
Fate live(const LifePlan& plan, World* world);

}  // namespace hassette::durable
