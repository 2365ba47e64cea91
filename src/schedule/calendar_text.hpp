#pragma once
// The events of a calendar that a durable job's run is given, as text for the ledger. Pure
// functions; any thread.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/calendar_event.hpp>

namespace hassette::schedule {

/// Those of one moment.
using Events = std::vector<std::shared_ptr<const CalendarEvent>>;

/// Empty for none.
std::string write_events(const Events& events);
/// As they were written; none where the text is not of `write_events`.
Events read_events(std::string_view text);

}  // namespace hassette::schedule
