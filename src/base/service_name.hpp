// A service has two names, its domain's and its own; Home Assistant's YAML joins them by a dot,
// AppDaemon by a slash, and a call takes them apart.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace hassette::base {

// Whether these can be the two names of a service: both are there, and neither is the joined text.
[[nodiscard]] bool names_service(std::string_view domain, std::string_view service);

// "domain and service are two arguments: api.call_service("light", "turn_on", …)", with the names
// themselves where one of the two is the joined text: to be put at the end of a message.
[[nodiscard]] std::string two_arguments(std::string_view call, std::string_view domain,
                                        std::string_view service);

}  // namespace hassette::base
