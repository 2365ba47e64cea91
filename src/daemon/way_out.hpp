#pragma once
// The way out of the process that needs nothing of it: a timer and signal handlers.
//
// Two times nothing else can be relied on: when the last words do not come, since who is stuck
// holds the log or the board, and after `main`, while the global objects of the apps are destroyed
// and every object that could watch them is gone. What a handler uses has static storage and is
// never destroyed. Set by one thread at a time; the handlers run on whichever thread lets them.
#include <chrono>
#include <string_view>

namespace hassette::daemon {

/// Belongs before the first app is loaded: what is registered for exit() then runs after the
/// destructors of the apps' global objects.
void prepare_way_out();

/// Ends the process in that time with this code, after writing `words` to the file descriptor where
/// it takes them at once; longer ones are cut. Set again, only the last counts.
void end_process_in(std::chrono::milliseconds patience, int exit_code, int fd,
                    std::string_view words);

}  // namespace hassette::daemon
