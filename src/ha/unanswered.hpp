#pragma once
// What a call ends with that Home Assistant has not answered, in the words that authors read:
// every connection takes them from here, so that a test shows what a home would.
//
// `what` is the author's words for the call. Pure functions; any thread.
#include <chrono>
#include <string>
#include <string_view>

#include <hassette/api.hpp>
#include "ha/home.hpp"

namespace hassette::ha {

/// It was not sent, as the link is in this state.
[[nodiscard]] ConnectionLostError not_connected(std::string_view what, LinkState state);

/// It was sent, and then the connection ended.
[[nodiscard]] ConnectionLostError lost_before_answer(std::string_view what);

/// It was sent, and the answer did not come in time.
[[nodiscard]] TimeoutError no_answer(std::string what, std::chrono::nanoseconds limit);

}  // namespace hassette::ha
