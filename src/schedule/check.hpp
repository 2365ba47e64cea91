#pragma once
// What is refused before a job exists. A pure function; any thread.
#include <optional>
#include <string>

#include <hassette/job.hpp>
#include <hassette/trigger.hpp>

#include "schedule/ports.hpp"

namespace hassette::schedule {

/// Why these options cannot be, alone or with the trigger; nothing if they can.
std::optional<std::string> find_fault(const std::string& name, const JobOptions& options,
                                      const Trigger& trigger, const Ports& ports);

}  // namespace hassette::schedule
