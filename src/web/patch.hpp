#pragma once
// What changed between two values, as a JSON merge patch (RFC 7396). Pure; any thread.
#include <hassette/json.hpp>

namespace hassette::web {

/// Members that became another or are new, with their values; members that are gone, as null. An
/// empty object where nothing changed. Arrays are replaced whole. Neither value may hold null as a
/// member.
Json merge_patch(const Json& from, const Json& to);

}  // namespace hassette::web
