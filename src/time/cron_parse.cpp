#include "time/cron_parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "time/cron.hpp"
#include "time/names.hpp"

namespace hassette::time {

namespace {

using Extra = CronField::Extra;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Values beyond any field become one that is too large, and are refused as that.
int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = std::min(value * 10 + (c - '0'), 100'000);
  return value;
}

class FieldReader {
 public:
  explicit FieldReader(const CronField& field) : field_(field) {}

  std::expected<CronValues, std::string> read(std::string_view text) {
    found_.begins_with_star = text.starts_with('*') || text.starts_with('?');
    for (bool more = true; more && error_.empty();) {
      const std::size_t comma = text.find(',');
      read_item(text.substr(0, comma));
      more = comma != std::string_view::npos;
      if (more) text.remove_prefix(comma + 1);
    }
    if (!error_.empty()) return std::unexpected(error_);
    return found_;
  }

 private:
  void refuse(std::string_view item) {
    if (!error_.empty()) return;
    const std::string_view names = field_.words.size() == 7    ? ", or mon to sun"
                                   : field_.words.size() == 12 ? ", or jan to dec"
                                                               : "";
    const std::string_view extra = field_.extra == Extra::kDayOfMonth  ? ", or L for the last day"
                                   : field_.extra == Extra::kDayOfWeek ? ", like 5L or 5#2 too"
                                                                       : "";
    error_ = item.empty() ? fmt::format("an item of the {} is empty; it takes {} to {}{}{}",
                                        field_.name, field_.lowest, field_.highest, names, extra)
                          : fmt::format("`{}` is no {}; it takes {} to {}{}{}", item, field_.name,
                                        field_.lowest, field_.highest, names, extra);
  }

  std::optional<int> value(std::string_view text) const {
    if (is_digits(text)) {
      const int found = number(text);
      if (found < field_.lowest || found > field_.highest) return std::nullopt;
      return found;
    }
    const auto index = index_of_name(text, field_.words);
    if (!index) return std::nullopt;
    return *index + field_.lowest;
  }

  void read_item(std::string_view item) {
    if (field_.extra == Extra::kDayOfMonth && read_from_last(item)) return;
    if (field_.extra == Extra::kDayOfWeek && read_weekday_of_month(item)) return;

    const std::size_t slash = item.find('/');
    const std::string_view range = item.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
      const std::string_view text = item.substr(slash + 1);
      const int span = field_.highest - field_.lowest;
      step = is_digits(text) ? number(text) : 0;
      if (step < 1 || step > span) {
        error_ = fmt::format("the step in `{}` of the {} is not allowed; it goes from 1 to {}",
                             item, field_.name, span);
        return;
      }
    }
    read_range(item, range, step, slash != std::string_view::npos);
  }

  void read_range(std::string_view item, std::string_view range, int step, bool stepped) {
    const bool both_day_fields = field_.extra != Extra::kNone;
    if (range == "*" || (range == "?" && both_day_fields)) {
      found_.is_stepped = stepped;
      // A week has seven days, although both 0 and 7 are Sunday.
      return add(field_.lowest, week() ? 6 : field_.highest, step);
    }
    const std::size_t dash = range.find('-');
    const auto first = value(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : value(range.substr(dash + 1));
    if (!first || !last) return refuse(item);
    const bool from_lowest = *first == field_.lowest;
    if (dash == std::string_view::npos) {
      found_.is_stepped = stepped && from_lowest;
      return add(*first, stepped ? (week() ? 6 : field_.highest) : *first, step);
    }
    found_.is_stepped = stepped && from_lowest && *last == field_.highest;
    if (*first <= *last) return add(*first, *last, step);
    // Around the end: from the first to the highest, and on from the lowest.
    const int size = (week() ? 7 : field_.highest + 1) - field_.lowest;
    add(*first, *last + size, step);
  }

  void add(int first, int last, int step) {
    const int size = (week() ? 7 : field_.highest + 1) - field_.lowest;
    for (int value = first; value <= last; value += step) {
      found_.values |= std::uint64_t{1} << ((value - field_.lowest) % size + field_.lowest);
    }
  }
  [[nodiscard]] bool week() const { return field_.extra == Extra::kDayOfWeek; }

  // "L" and "L-3".
  bool read_from_last(std::string_view item) {
    if (!item.starts_with('L') && !item.starts_with('l')) return false;
    const std::string_view rest = item.substr(1);
    if (rest.empty()) {
      found_.from_last |= 1;
    } else if (rest[0] == '-' && is_digits(rest.substr(1)) && number(rest.substr(1)) <= 30) {
      found_.from_last |= 1u << number(rest.substr(1));
    } else {
      refuse(item);
    }
    return true;
  }

  // "5L", "L5", "friL" and "5#2".
  bool read_weekday_of_month(std::string_view item) {
    const auto is_last = [](char c) { return c == 'L' || c == 'l'; };
    if (item == "L" || item == "l") {
      error_ = "an L in the day of week needs its day; write 5L for the last Friday of the month";
      return true;
    }
    if (const std::size_t hash = item.find('#'); hash != std::string_view::npos) {
      const auto day = value(item.substr(0, hash));
      const std::string_view nth = item.substr(hash + 1);
      if (!day || nth.size() != 1 || nth[0] < '1' || nth[0] > '5') {
        error_ = fmt::format(
            "`{}` is no day of the month; write a day of the week, # and 1 to 5, like 2#2 for the "
            "second Tuesday",
            item);
      } else {
        found_.nth_weekdays[static_cast<std::size_t>(nth[0] - '1')] |= 1u << *day % 7;
      }
      return true;
    }
    if (item.size() < 2) return false;
    std::optional<int> day;
    if (is_last(item.back())) day = value(item.substr(0, item.size() - 1));
    if (!day && is_last(item.front())) day = value(item.substr(1));
    if (day) found_.last_weekdays |= 1u << *day % 7;
    return day.has_value();
  }

  const CronField& field_;
  CronValues found_;
  std::string error_;
};

constexpr std::array<CronField, 6> kFields{
    CronField{.name = "second"},
    CronField{.name = "minute"},
    CronField{.name = "hour", .highest = 23},
    CronField{.name = "day of month", .lowest = 1, .highest = 31, .extra = Extra::kDayOfMonth},
    CronField{.name = "month", .lowest = 1, .highest = 12, .words = kMonthNames},
    CronField{.name = "day of week", .highest = 7, .words = kDayNames, .extra = Extra::kDayOfWeek}};

struct Alias {
  std::string_view name;
  std::string_view expression;
};
constexpr std::array<Alias, 7> kAliases{
    Alias{"@hourly", "0 * * * *"},  Alias{"@daily", "0 0 * * *"},   Alias{"@midnight", "0 0 * * *"},
    Alias{"@weekly", "0 0 * * 0"},  Alias{"@monthly", "0 0 1 * *"}, Alias{"@yearly", "0 0 1 1 *"},
    Alias{"@annually", "0 0 1 1 *"}};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace

std::expected<CronValues, std::string> parse_cron_field(std::string_view text,
                                                        const CronField& field) {
  return FieldReader(field).read(text);
}

std::expected<Cron, std::string> Cron::parse(std::string_view expression) {
  const auto refused = [expression](std::string_view reason) {
    return std::unexpected(
        fmt::format("the cron expression `{}` is wrong: {}", expression, reason));
  };
  std::vector<std::string_view> words = words_of(expression);
  if (words.size() == 1 && words[0].starts_with('@')) {
    if (words[0] == "@reboot") {
      return refused("@reboot is no time; do it in on_initialize, which runs at every start");
    }
    const auto alias = std::ranges::find(kAliases, words[0], &Alias::name);
    if (alias == kAliases.end()) {
      return refused("it takes @hourly, @daily, @weekly, @monthly or @yearly");
    }
    words = words_of(alias->expression);
  }
  if (words.size() != 5 && words.size() != 6) {
    return refused(fmt::format(
        "it has {} field{}; write minute, hour, day of month, month and day of week, with the "
        "second in front if wanted",
        words.size(), words.size() == 1 ? "" : "s"));
  }
  const std::size_t first = kFields.size() - words.size();
  std::array<CronValues, 6> fields;
  fields[0].values = 1;
  for (std::size_t i = first; i < kFields.size(); ++i) {
    auto values = parse_cron_field(words[i - first], kFields[i]);
    if (!values) {
      const bool six = words.size() == 6;
      return refused(values.error() + (six ? " (of six fields the first is the second)" : ""));
    }
    fields[i] = *values;
  }

  Cron cron;
  cron.expression_ = expression;
  cron.seconds_ = fields[0].values;
  cron.minutes_ = fields[1].values;
  cron.hours_ = static_cast<std::uint32_t>(fields[2].values);
  cron.days_ = static_cast<std::uint32_t>(fields[3].values >> 1);
  cron.days_before_last_ = fields[3].from_last;
  cron.any_day_ = fields[3].begins_with_star;
  cron.months_ = static_cast<std::uint32_t>(fields[4].values >> 1);
  cron.weekdays_ = static_cast<std::uint32_t>(fields[5].values);
  cron.last_weekdays_ = fields[5].last_weekdays;
  cron.nth_weekdays_ = fields[5].nth_weekdays;
  cron.any_weekday_ = fields[5].begins_with_star;

  constexpr std::uint32_t kEveryHour = 0xff'ffff;
  const bool several_an_hour = (cron.minutes_ & (cron.minutes_ - 1)) != 0;
  cron.follows_elapsed_time_ =
      cron.hours_ == kEveryHour || (fields[2].is_stepped && several_an_hour);
  if (!cron.can_fire()) {
    return refused("it would never fire, for no date has that day in that month");
  }
  return cron;
}

}  // namespace hassette::time
