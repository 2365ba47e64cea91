#pragma once
// What is said when the engine leaves without having ended. Any thread.
#include <filesystem>
#include <string>
#include <vector>

#include "async/loop.hpp"

namespace hassette::daemon {

/// Why the engine leaves although the loop has not heard that it should; `alive` are the apps whose
/// hooks would have had their turn.
std::string tell_who_holds(const async::Loop& loop, const std::vector<std::string>& alive);
/// Why it leaves in the middle of the stop; `alive` are the apps that have not ended.
std::string tell_what_does_not_end(const async::Loop& loop, const std::vector<std::string>& alive);
/// Why it leaves although the apps have ended: the file of durable jobs takes too long.
std::string tell_slow_file(const std::filesystem::path& file);
/// Why it leaves while what was left behind is destroyed.
std::string tell_what_blocks(const async::Loop& loop);

}  // namespace hassette::daemon
