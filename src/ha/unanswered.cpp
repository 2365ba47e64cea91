#include "ha/unanswered.hpp"

#include <fmt/format.h>

#include <utility>

#include <hassette/duration.hpp>

namespace hassette::ha {

namespace {

/// The link says that it is lost a moment later than a call may notice it.
std::string_view shown(LinkState state) {
  const bool was_there = state == LinkState::kConnected || state == LinkState::kStarting;
  return to_string(was_there ? LinkState::kLost : state);
}

}  // namespace

ConnectionLostError not_connected(std::string_view what, LinkState state) {
  return {fmt::format("{}: Home Assistant is not connected ({}), so nothing was sent; co_await "
                      "api.connected() waits for it",
                      what, shown(state)),
          false};
}

ConnectionLostError lost_before_answer(std::string_view what) {
  return {fmt::format("{}: the connection to Home Assistant was lost before its answer; the call "
                      "may have had its effect",
                      what),
          true};
}

TimeoutError no_answer(std::string what, std::chrono::nanoseconds limit) {
  return TimeoutError("no answer from Home Assistant within " + format_duration(limit),
                      std::move(what));
}

}  // namespace hassette::ha
