#pragma once
// What is said when the engine leaves without having ended. Any thread.
#include <string>
#include <vector>

#include "async/loop.hpp"

namespace hassette::daemon {

/// Why the engine leaves although the loop has not heard that it should.
std::string tell_who_holds(const async::Loop& loop);
/// Why it leaves in the middle of the stop; `alive` are the apps that have not ended.
std::string tell_what_does_not_end(const async::Loop& loop, const std::vector<std::string>& alive);
/// Why it leaves while what was left behind is destroyed.
std::string tell_what_blocks(const async::Loop& loop);

}  // namespace hassette::daemon
