#pragma once
// Asked: what a tape asks for, in the words of the public headers: options, conditions, triggers.
// Plain values, given to `bus` and `scheduler`; nothing here knows the model.
#include <functional>
#include <string>

#include <hassette/bus.hpp>
#include <hassette/scheduler.hpp>
#include "specs.hpp"

namespace hassette::simulation {

/// What the options need of whoever plays the tape.
struct Surroundings {
  std::function<bool()> is_night;
  /// Makes the handler that is told of errors.
  std::function<ErrorHandler(const OnError&)> error_handler;
};

Entities entities_of(const ListenSpec& spec);
StateChangeOptions state_options(const ListenSpec& spec, const Surroundings& around);
AttributeChangeOptions attribute_options(const ListenSpec& spec, const Surroundings& around);
EventOptions event_options(const ListenSpec& spec, const Surroundings& around);
JobOptions job_options(const JobSpec& spec, const Surroundings& around);
Trigger trigger_of(const JobSpec& spec);

/// The field `value` of an event; empty if it has none.
std::string value_of(const Event& event);

}  // namespace hassette::simulation
