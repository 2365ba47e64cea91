// Cron expressions from a seed, against a model that looks at every minute.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "time/cron.hpp"
#include "time/testing.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int operator()(int lowest, int highest) {
    // Not uniform_int_distribution, whose numbers differ between libraries.
    return lowest + static_cast<int>(engine_() % static_cast<unsigned>(highest - lowest + 1));
  }

 private:
  std::mt19937 engine_;
};

struct Field {
  std::string text;
  std::set<int> values;
  bool star = false;
  bool stepped = false;
};

Field star() {
  return {"*", {}, true, false};
}

// A field with what it names written down while it is made up, so that nothing need be parsed.
Field any_field(Random& random, int lowest, int highest) {
  Field field;
  const int form = random(0, 9);
  if (form < 4) {
    field = star();
    for (int v = lowest; v <= highest; ++v) field.values.insert(v);
    return field;
  }
  if (form == 4) {
    const int step = random(2, (highest - lowest) / 2 + 1);
    field.text = fmt::format("*/{}", step);
    field.star = field.stepped = true;
    for (int v = lowest; v <= highest; v += step) field.values.insert(v);
    return field;
  }
  for (int items = random(1, 3); items > 0; --items) {
    if (!field.text.empty()) field.text += ',';
    const int first = random(lowest, highest);
    if (form < 8) {
      field.text += fmt::to_string(first);
      field.values.insert(first);
      continue;
    }
    const int last = random(lowest, highest);
    const int step = random(1, 3);
    field.text += fmt::format("{}-{}/{}", first, last, step);
    field.stepped = field.stepped || (first == lowest && last == highest);
    const int size = highest - lowest + 1;
    const int end = last < first ? last + size : last;
    for (int v = first; v <= end; v += step) field.values.insert((v - lowest) % size + lowest);
  }
  return field;
}

// An expression and what it means.
struct Sample {
  Field second{"0", {0}};
  Field minute, hour, day, month, weekday;
  std::function<bool(Date)> day_extra = [](Date) { return false; };
  std::function<bool(Date)> weekday_extra = [](Date) { return false; };

  explicit Sample(Random& random)
      : minute(any_field(random, 0, 59)),
        hour(any_field(random, 0, 23)),
        day(any_field(random, 1, 31)),
        month(any_field(random, 1, 12)),
        weekday(any_field(random, 0, 6)) {
    using namespace std::chrono;
    if (random(0, 9) == 0) {
      day = {"L", {}};
      day_extra = [](Date date) { return (date.year() / date.month() / last).day() == date.day(); };
    }
    if (const int form = random(0, 9); form <= 1) {
      const int which = random(0, 6);
      const int nth = random(1, 5);
      const std::chrono::weekday wanted{static_cast<unsigned>(which)};
      weekday = {form == 0 ? fmt::format("{}L", which) : fmt::format("{}#{}", which, nth), {}};
      weekday_extra = [form, wanted, nth](Date date) {
        const year_month month_of = date.year() / date.month();
        if (form == 0) return sys_days(month_of / wanted[last]) == sys_days(date);
        const year_month_weekday named = month_of / wanted[static_cast<unsigned>(nth)];
        return named.ok() && sys_days(named) == sys_days(date);
      };
    }
  }

  [[nodiscard]] std::string text() const {
    return fmt::format("{} {} {} {} {}", minute.text, hour.text, day.text, month.text,
                       weekday.text);
  }
  [[nodiscard]] bool on(Date date) const {
    const auto number = [](auto value) { return static_cast<int>(static_cast<unsigned>(value)); };
    const Weekday of_week{std::chrono::sys_days(date)};
    const bool by_day = day.values.contains(number(date.day())) || day_extra(date);
    const bool by_weekday =
        weekday.values.contains(static_cast<int>(of_week.c_encoding())) || weekday_extra(date);
    if (!month.values.contains(number(date.month()))) return false;
    return day.star || weekday.star ? by_day && by_weekday : by_day || by_weekday;
  }
  [[nodiscard]] bool operator()(local_seconds time) const {
    const auto date = std::chrono::floor<std::chrono::days>(time);
    const auto of_day = static_cast<int>((time - date).count());
    return second.values.contains(of_day % 60) && minute.values.contains(of_day / 60 % 60) &&
           hour.values.contains(of_day / 3600) && on(Date(date));
  }
  [[nodiscard]] WallClockRule rule(WallClockRule asked) const {
    const bool elapsed = hour.values.size() == 24 || (hour.stepped && minute.values.size() > 1);
    return elapsed ? WallClockRule{Skipped::kDropped, Repeated::kBoth} : asked;
  }
};

std::set<TimePoint> firings(const Cron& cron, const Zone& in, TimePoint begin, TimePoint end,
                            WallClockRule rule) {
  std::set<TimePoint> fired;
  for (auto time = cron.next(begin - 1us, in, rule); time && *time < end;
       time = cron.next(*time, in, rule)) {
    if (!fired.insert(*time).second || *time < begin) ADD_FAILURE() << cron.expression();
  }
  return fired;
}

struct Change {
  const char* zone;
  const char* around;
};

class CronAroundAChange : public testing::TestWithParam<Change> {};

TEST_P(CronAroundAChange, fires_as_a_clock_on_the_wall_shows) {
  const Zone in = zone(GetParam().zone);
  const TimePoint begin = utc(GetParam().around) - 60h;
  const TimePoint end = utc(GetParam().around) + 60h;
  const WallClock clock(in, begin, end);
  int tried = 0;
  for (unsigned seed = 1; tried < 150; ++seed) {
    Random random(seed);
    Sample sample(random);
    const auto cron = Cron::parse(sample.text());
    if (!cron) continue;  // it can never fire; that is tested elsewhere
    ++tried;
    const WallClockRule rule = kAllRules.at(static_cast<std::size_t>(random(0, 7)));
    const auto expected = clock.firings(std::cref(sample), sample.rule(rule));
    ASSERT_EQ(list(in, firings(*cron, in, begin, end, rule)), list(in, expected))
        << "seed " << seed << ": " << sample.text();
  }
}

INSTANTIATE_TEST_SUITE_P(Changes, CronAroundAChange,
                         testing::Values(Change{"UTC", "2026-03-29T00:00:00Z"},
                                         Change{"Europe/Berlin", "2026-03-29T01:00:00Z"},
                                         Change{"Europe/Berlin", "2026-10-25T01:00:00Z"},
                                         Change{"America/New_York", "2026-03-08T07:00:00Z"},
                                         Change{"America/New_York", "2026-11-01T06:00:00Z"},
                                         Change{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
                                         Change{"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
                                         Change{"Africa/Casablanca", "2025-02-23T02:00:00Z"},
                                         Change{"Africa/Casablanca", "2025-04-06T02:00:00Z"},
                                         Change{"Pacific/Apia", "2011-12-30T10:00:00Z"},
                                         Change{"America/Santiago", "2026-04-05T03:00:00Z"},
                                         Change{"America/Santiago", "2026-09-06T04:00:00Z"}),
                         [](const auto& test) {
                           std::string name =
                               fmt::format("{}{:.10}", test.param.zone, test.param.around);
                           std::erase_if(name, [](char c) { return c == '/' || c == '-'; });
                           return name;
                         });

// Every second of two hours around the change, for expressions with a second.
TEST(CronModel, fires_at_the_right_seconds_around_a_change) {
  const Zone in = zone("Europe/Berlin");
  for (const char* change : {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"}) {
    const TimePoint begin = utc(change) - 90min;
    const TimePoint end = utc(change) + 90min;
    const WallClock clock(in, begin, end, 1s);
    for (unsigned seed = 1; seed <= 40; ++seed) {
      Random random(seed);
      Sample sample(random);
      sample.second = any_field(random, 0, 59);
      sample.hour = {"1,2,3", {1, 2, 3}};
      const Field every = star();
      for (Field* field : {&sample.day, &sample.month, &sample.weekday}) *field = every;
      for (int v = 0; v < 32; ++v) {
        for (Field* field : {&sample.day, &sample.month, &sample.weekday}) field->values.insert(v);
      }
      const auto cron = Cron::parse(sample.second.text + ' ' + sample.text());
      ASSERT_TRUE(cron) << cron.error();
      const WallClockRule rule = kAllRules.at(static_cast<std::size_t>(random(0, 7)));
      const auto expected = clock.firings(std::cref(sample), sample.rule(rule));
      ASSERT_EQ(list(in, firings(*cron, in, begin, end, rule)), list(in, expected))
          << "seed " << seed << ": " << cron->expression();
    }
  }
}

TEST(CronModel, answers_any_text_with_an_expression_or_a_sentence) {
  constexpr std::string_view kLetters = "0123456789*/,-LlW#?@ \tjanmoFri.%";
  for (unsigned seed = 1; seed <= 20'000; ++seed) {
    Random random(seed);
    std::string text;
    for (int size = random(0, 24); size > 0; --size) {
      text += kLetters[static_cast<std::size_t>(random(0, static_cast<int>(kLetters.size()) - 1))];
    }
    if (seed % 2 == 0) text += " * * * *";
    const auto cron = Cron::parse(text);
    if (!cron) {
      ASSERT_TRUE(cron.error().starts_with("the cron expression `" + text + "` is wrong: "));
      continue;
    }
    ASSERT_TRUE(cron->next(utc("2026-05-03T12:00:00Z"), Zone())) << text;
    ASSERT_FALSE(cron->describe().empty()) << text;
  }
}

// The days of twelve years, for expressions that fire rarely.
TEST(CronModel, finds_the_right_days_over_the_years) {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    Random random(seed);
    Sample sample(random);
    sample.minute = {"30", {30}};
    sample.hour = {"6", {6}};
    std::set<TimePoint> expected;
    const TimePoint begin = utc("2023-01-01T00:00:00Z");
    const TimePoint end = utc("2035-01-01T00:00:00Z");
    for (TimePoint time = begin + 6h + 30min; time < end; time += 24h) {
      if (sample.on(Zone().date_of(time))) expected.insert(time);
    }
    const auto cron = Cron::parse(sample.text());
    if (!cron) {
      ASSERT_TRUE(expected.empty()) << sample.text();
      continue;
    }
    ASSERT_EQ(list(Zone(), firings(*cron, Zone(), begin, end, {})), list(Zone(), expected))
        << "seed " << seed << ": " << sample.text();
  }
}

}  // namespace
}  // namespace hassette::time
