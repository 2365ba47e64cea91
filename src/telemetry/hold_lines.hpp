#pragma once
// HoldLines: what the log says of handlers that hold the loop.
//
// Each hold has a line while it lasts and one with the total. Holds of one handler that follow each
// other within ten seconds are numbered, so that no line passes for a repetition of the one before
// and is held back. After ten in a row only the 20th, the 40th and so on are told, and whatever
// lasts longer than a second: a handler that is slow at each event must not fill the log. The
// engine's own work is no app's fault and no news unless it is long. Not thread-safe: for the
// watchdog's thread. The time is real time, as a hold is.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "async/watchdog.hpp"

namespace hassette::telemetry {

class HoldLines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// The line for what the watchdog reports, where there is one; it belongs to the label's app.
  std::optional<std::string> line(const async::Hold& hold, Time now);

 private:
  struct Row {
    std::uint64_t number = 0;  // of the present or last hold
    bool lasts = false;
    bool told = false;  // of this hold, at least once
    Time ended;
  };
  Row& row_of(const async::Hold& hold, Time now);

  std::unordered_map<const async::Label*, Row> rows_;
};

}  // namespace hassette::telemetry
