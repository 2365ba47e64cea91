// History, logbook and statistics, from what the home remembers.
#include "sim/command.hpp"
#include "sim/home.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

constexpr auto kFarFuture = std::chrono::years(100);

std::optional<TimePoint> instant(const Json& value) {
  const auto text = value.get<std::string>();
  if (!text) return std::nullopt;
  if (const auto moment = time::parse_iso8601(*text)) return moment;
  return time::parse_iso8601(*text + "Z");  // without an offset
}

TimePoint start_of(const Json& message) {
  const auto start = instant(message["start_time"]);
  if (!start) throw CommandFailure{"invalid_start_time", "Invalid start_time", {}};
  return *start;
}

TimePoint end_of(Home& home, const Json& message) {
  if (!message.contains("end_time")) {
    return home.now() + std::chrono::duration_cast<std::chrono::microseconds>(kFarFuture);
  }
  const auto end = instant(message["end_time"]);
  if (!end) throw CommandFailure{"invalid_end_time", "Invalid end_time", {}};
  return *end;
}

std::vector<std::string> names_in(const Json& list) {
  std::vector<std::string> names;
  names.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    names.push_back(list.at(i).get<std::string>().value_or(""));
  }
  return names;
}

void history(Session& session, std::uint64_t id, const Json& message) {
  Home& home = session.home();
  HistoryRequest request;
  request.start = start_of(message);
  request.end = end_of(home, message);
  request.entity_ids = names_in(message["entity_ids"]);
  for (const std::string& entity_id : request.entity_ids) {
    if (!home.state(entity_id) && entity_id.find('.') == std::string::npos) {
      throw CommandFailure{"invalid_entity_ids", "Invalid entity_ids", {}};
    }
  }
  const auto flag = [&](const char* key, bool otherwise) {
    return message[key].get<bool>().value_or(otherwise);
  };
  request.minimal = flag("minimal_response", false);
  request.no_attributes = flag("no_attributes", false);
  request.significant_only = flag("significant_changes_only", true);
  request.start_state = flag("include_start_time_state", true);
  session.answer(id, home.recorder().history(request));
}

void logbook(Session& session, std::uint64_t id, const Json& message) {
  Home& home = session.home();
  const auto context = message["context_id"].get<std::string>().value_or("");
  session.answer(id, home.recorder().logbook(start_of(message), end_of(home, message),
                                             names_in(message["entity_ids"]), context, false));
}

}  // namespace

void add_history_commands(CommandTable& table) {
  table.add("history/history_during_period",
            {{"start_time", accept::strict_text(), true},
             {"end_time", accept::strict_text()},
             {"entity_ids", accept::strict_list(), true},
             {"include_start_time_state", accept::strict_boolean()},
             {"significant_changes_only", accept::strict_boolean()},
             {"minimal_response", accept::strict_boolean()},
             {"no_attributes", accept::strict_boolean()}},
            history, "history");
  table.add("logbook/get_events",
            {{"start_time", accept::strict_text(), true},
             {"end_time", accept::strict_text()},
             {"entity_ids", accept::strict_list()},
             {"device_ids", accept::strict_list()},
             {"context_id", accept::strict_text()}},
            logbook, "logbook");
  table.add(
      "recorder/info", {},
      [](Session& session, std::uint64_t id, const Json&) {
        session.answer(id, Json::object({{"backlog", 0},
                                         {"db_in_default_location", true},
                                         {"max_backlog", 65000},
                                         {"migration_in_progress", false},
                                         {"migration_is_live", false},
                                         {"recording", true},
                                         {"thread_running", true}}));
      },
      "recorder");
  table.add(
      "recorder/list_statistic_ids", {{"statistic_type", accept::one_of({"mean", "sum"})}},
      [](Session& session, std::uint64_t id, const Json& message) {
        Json list = session.home().recorder().statistic_ids();
        const auto kind = message["statistic_type"].get<std::string>();
        if (kind) {
          std::erase_if(list.as_array(),
                        [&](const Json& entry) { return entry["has_" + *kind] != Json(true); });
        }
        session.answer(id, list);
      },
      "recorder");
  table.add(
      "recorder/statistics_during_period",
      {{"start_time", accept::strict_text(), true},
       {"end_time", accept::strict_text()},
       {"statistic_ids", accept::strict_list(), true},
       {"period", accept::one_of({"5minute", "hour", "day", "week", "month"}), true},
       {"units", accept::object()},
       {"types", accept::strict_list()}},
      [](Session& session, std::uint64_t id, const Json& message) {
        static_cast<void>(start_of(message));
        session.answer(id, Json::object());  // nothing was compiled yet, as in a young home
      },
      "recorder");
}

}  // namespace hassette::sim
