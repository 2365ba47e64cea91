#pragma once
// What the console is told of all apps together. Pure; any thread.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "host/app_host.hpp"

namespace hassette::daemon {

/// "2 apps run (hall, attic)", "2 of 3 apps run (hall, attic; failed: door_alert)". Those that run
/// may be many; each that has failed is named.
std::string tell_apps(const host::AppHost& host);
/// "1 app", "5 apps".
std::string tell_count(std::size_t count, std::string_view what);
/// "1 problem in the settings, 2 of 3 apps cannot run: hall, first_light"; there is one of both.
std::string tell_problems(std::size_t in_settings, std::size_t apps,
                          const std::vector<std::string>& bad);

}  // namespace hassette::daemon
