#pragma once
// Whether a recorded call is the one that a test looks for, and how far it is from it.
//
// Pure functions on values; any thread.
#include <string>
#include <string_view>
#include <vector>

#include <hassette/test_home.hpp>

namespace hassette::harness {

/// The call is of this service and carries at least this data. One id and a list of that id alone
/// are the same, and so are 1 and 1.0.
bool matches(const RecordedCall& call, std::string_view service, const Json& data);

/// What was looked for, the call that comes nearest with what differs, and how many there were.
std::string explain_missing(const std::vector<RecordedCall>& calls, std::string_view service,
                            const Json& data);

}  // namespace hassette::harness
