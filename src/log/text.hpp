#pragma once
// What a record looks like as text: on a terminal, in a pipe, as a line of JSON. Pure; any thread.
//
// Messages may hold what Home Assistant or a device said, so control characters are spelt out: no
// line can forge another one or steer the terminal.
#include <chrono>
#include <string>
#include <string_view>

#include "log/record.hpp"

namespace hassette::log {

/// "14:02:07", as clocks show it that are `offset` ahead of UTC.
std::string clock_time(async::WallTime time, std::chrono::seconds offset);

/// Short time, level, app and task, message; further lines of the message are indented.
void append_terminal_line(std::string& out, const LogRecord& record, std::chrono::seconds offset,
                          bool colour);
/// "+02:00": how far clocks are ahead of UTC.
std::string offset_text(std::chrono::seconds offset);
/// One line whatever the message holds, with date and offset; lines of nothing but a caret are left
/// out, since what they point at would stand elsewhere.
void append_plain_line(std::string& out, const LogRecord& record, std::chrono::seconds offset);
/// One JSON object in a line; the time is UTC.
void append_json_line(std::string& out, const LogRecord& record);

}  // namespace hassette::log
