#pragma once
// What is said of handlers that hold the loop. Any thread.
#include <string>

#include "async/watchdog.hpp"

namespace hassette::daemon {

/// Logs a hold under the name of the app that it belongs to.
void report_hold(const async::Hold& hold);
/// Why the engine leaves although the loop has not heard that it should.
std::string tell_who_holds(const async::Loop& loop);

}  // namespace hassette::daemon
