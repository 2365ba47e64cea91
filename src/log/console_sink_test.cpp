#include "log/console_sink.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

namespace hassette::log {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

constexpr async::WallTime kTime{1'795'438'927s};

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_reader() { close_end(0); }
  void close_writer() { close_end(1); }
  /// Leaves no room, as a reader does that stands still.
  void fill() const {
    const int flags = fcntl(ends_[1], F_GETFL);
    EXPECT_EQ(fcntl(ends_[1], F_SETFL, flags | O_NONBLOCK), 0);
    const std::string page(4096, '.');
    while (::write(ends_[1], page.data(), page.size()) > 0) {
    }
    EXPECT_EQ(fcntl(ends_[1], F_SETFL, flags), 0);
  }
  /// What is there, or comes first; nothing once the writing end is closed.
  std::string read_some() {
    std::array<char, 4096> part{};
    const ssize_t got = read(ends_[0], part.data(), part.size());
    return {part.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }
  /// Everything until the writing end is closed.
  std::string read_all() {
    std::string all;
    for (std::string part; !(part = read_some()).empty();) all += part;
    return all;
  }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) close(std::exchange(ends_[end], -1));
  }
  std::array<int, 2> ends_{-1, -1};
};

LogRecord saying(std::string message, LogLevel level = LogLevel::kInfo) {
  return {kTime, level, "lights", "motion", std::move(message)};
}

class Console : public testing::Test {
 protected:
  void SetUp() override {
    set_zone([](async::WallTime) { return 1h; });
  }
  void TearDown() override { set_zone({}); }
  Pipe pipe;
};

TEST_F(Console, prints_plain_lines_in_order) {
  {
    ConsoleSink sink({.fd = pipe.writer()});
    sink.write(saying("one"));
    sink.write(saying("two", LogLevel::kError));
    EXPECT_TRUE(sink.flush(5s));
  }
  pipe.close_writer();
  EXPECT_EQ(pipe.read_all(),
            "2026-11-23 14:02:07+01:00 info lights/motion  one\n"
            "2026-11-23 14:02:07+01:00 error lights/motion  two\n");
}

TEST_F(Console, a_terminal_is_told_where_the_clock_changes) {
  {
    ConsoleSink sink({.fd = pipe.writer(), .format = ConsoleFormat::kTerminal});
    sink.write(saying("one"));
    sink.write(saying("two"));
    EXPECT_TRUE(sink.flush(5s));
    set_zone([](async::WallTime) { return 5h + 45min; });
    sink.write(saying("three"));
    sink.write(saying("four"));
  }
  pipe.close_writer();
  EXPECT_EQ(pipe.read_all(),
            "14:02:07 info    lights/motion  one\n"
            "14:02:07 info    lights/motion  two\n"
            "18:47:07 info    engine  from here on, times are those of UTC+05:45; until here, of "
            "UTC+01:00\n"
            "18:47:07 info    lights/motion  three\n"
            "18:47:07 info    lights/motion  four\n");
}

TEST_F(Console, prints_json_on_request) {
  {
    ConsoleSink sink({.fd = pipe.writer(), .format = ConsoleFormat::kJson});
    sink.write(saying("one"));
  }
  pipe.close_writer();
  EXPECT_EQ(
      pipe.read_all(),
      R"({"time":"2026-11-23T13:02:07.000000Z","level":"info","app":"lights","task":"motion",)"
      "\"message\":\"one\"}\n");
}

TEST_F(Console, gives_a_line_as_it_would_print_it_and_prints_nothing) {
  {
    const ConsoleSink plain({.fd = pipe.writer()});
    EXPECT_EQ(plain.fd(), pipe.writer());
    EXPECT_THAT(plain.line(LogLevel::kError, "gone"), EndsWith("+01:00 error engine  gone\n"));
    const ConsoleSink terminal({.fd = pipe.writer(), .format = ConsoleFormat::kTerminal});
    EXPECT_THAT(terminal.line(LogLevel::kError, "gone"), EndsWith(" error   engine  gone\n"));
    const ConsoleSink json({.fd = pipe.writer(), .format = ConsoleFormat::kJson});
    EXPECT_THAT(json.line(LogLevel::kError, "gone"),
                EndsWith(R"("level":"error","app":"engine","message":"gone"})"
                         "\n"));
  }
  pipe.close_writer();
  EXPECT_EQ(pipe.read_all(), "");
}

TEST_F(Console, a_pipe_gets_neither_colours_nor_the_terminals_form) {
  const ConsoleOptions options = console_options_for(pipe.writer());
  EXPECT_EQ(options.format, ConsoleFormat::kPlain);
  EXPECT_FALSE(options.colour);
}

TEST_F(Console, sums_up_repetitions_at_the_end_if_not_before) {
  {
    ConsoleSink sink({.fd = pipe.writer()});
    for (int i = 0; i < 48; ++i) sink.write(saying("lamp does not answer", LogLevel::kError));
  }
  pipe.close_writer();
  EXPECT_EQ(pipe.read_all(),
            "2026-11-23 14:02:07+01:00 error lights/motion  lamp does not answer\n"
            "2026-11-23 14:02:07+01:00 error lights/motion  "
            "again, 47 times since 14:02:07: lamp does not answer\n");
}

/// A clock that stands until it is moved.
class HandClock final : public async::Clock {
 public:
  async::MonoTime now() const override { return async::MonoTime(passed_.load()); }
  async::WallTime wall() const override {
    return kTime + std::chrono::floor<std::chrono::microseconds>(passed_.load());
  }
  std::optional<std::chrono::nanoseconds> real_wait(async::MonoTime) const override { return {}; }
  void jump_to(async::MonoTime due) override { passed_ = due.time_since_epoch(); }

 private:
  std::atomic<std::chrono::nanoseconds> passed_{};
};

TEST_F(Console, a_home_that_lives_faster_tells_its_whole_story) {
  const auto clock = std::make_shared<HandClock>();
  {
    ConsoleSink sink({.fd = pipe.writer()});
    sink.follow(clock);
    for (int hour = 0; hour < 6; ++hour) {  // all of them within a moment of real time
      sink.write(saying("motion at Hall motion"));
      sink.write(saying("the door is open", LogLevel::kWarning));
      clock->jump_to(clock->now() + 1h);
    }
  }
  pipe.close_writer();
  const std::string all = pipe.read_all();
  EXPECT_EQ(std::ranges::count(all, '\n'), 12) << all;
  EXPECT_THAT(all, testing::Not(HasSubstr("again")));
}

TEST_F(Console, what_was_held_back_is_summed_up_when_the_homes_time_has_come) {
  ConsoleSink sink({.fd = pipe.writer()});
  sink.follow(std::make_shared<async::ScaledClock>(10'000, kTime));
  for (int i = 0; i < 3; ++i) sink.write(saying("no answer", LogLevel::kError));
  pollfd ready{pipe.reader(), POLLIN, 0};
  std::string all;
  while (all.find("again") == std::string::npos) {
    ASSERT_EQ(poll(&ready, 1, 5'000), 1) << "ten seconds of the home are a millisecond here";
    all += pipe.read_some();
  }
  EXPECT_THAT(all, HasSubstr("again, 2 times since 14:02:07: no answer"));
}

TEST_F(Console, what_the_old_clock_held_back_is_summed_up_before_the_new_one_counts) {
  const auto clock = std::make_shared<HandClock>();
  {
    ConsoleSink sink({.fd = pipe.writer()});
    for (int i = 0; i < 3; ++i) sink.write(saying("no answer", LogLevel::kError));
    sink.follow(clock);
    sink.write(saying("no answer", LogLevel::kError));
  }
  pipe.close_writer();
  EXPECT_EQ(pipe.read_all(),
            "2026-11-23 14:02:07+01:00 error lights/motion  no answer\n"
            "2026-11-23 14:02:07+01:00 error lights/motion  "
            "again, 2 times since 14:02:07: no answer\n"
            "2026-11-23 14:02:07+01:00 error lights/motion  no answer\n");
}

TEST_F(Console, a_reader_that_stands_still_holds_nobody_up_and_the_loss_is_told) {
  constexpr int kLines = 1000;
  pipe.fill();
  std::string all;
  {
    ConsoleSink sink({.fd = pipe.writer(), .capacity = 20});
    for (int i = 0; i < kLines; ++i) sink.write(saying(std::to_string(i)));
    EXPECT_GE(sink.dropped(), 900u);
    EXPECT_FALSE(sink.flush(0ms));
    std::jthread reader([&] { all = pipe.read_all(); });
    EXPECT_TRUE(sink.flush(5s));
    pipe.close_writer();
  }
  EXPECT_THAT(all, HasSubstr("log lines were dropped: this output is read too slowly"));
}

TEST_F(Console, a_reader_that_stands_still_does_not_keep_the_process_from_ending) {
  const auto start = std::chrono::steady_clock::now();
  pipe.fill();
  {
    ConsoleSink sink({.fd = pipe.writer()});
    sink.write(saying("nobody reads this"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(Console, a_reader_that_is_gone_is_no_signal_and_no_error) {
  ConsoleSink sink({.fd = pipe.writer()});
  pipe.close_reader();
  sink.write(saying("nobody hears this"));
  EXPECT_TRUE(sink.flush(5s));
  sink.write(saying("nor this"));
  EXPECT_TRUE(sink.flush(5s));
  EXPECT_EQ(sink.dropped(), 2u);
}

TEST_F(Console, the_announced_line_is_printed_as_it_is) {
  hide("0123456789abcdef0123456789abcdef");
  {
    ConsoleSink sink({.fd = pipe.writer(), .capacity = 0});
    sink.announce("ready: page http://127.0.0.1:8126/?token=0123456789abcdef0123456789abcdef");
    EXPECT_TRUE(sink.flush(5s));
  }
  pipe.close_writer();
  EXPECT_THAT(pipe.read_all(),
              EndsWith("info engine  ready: page "
                       "http://127.0.0.1:8126/?token=0123456789abcdef0123456789abcdef\n"));
}

TEST_F(Console, many_threads_may_write) {
  {
    ConsoleSink sink({.fd = pipe.writer()});
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&sink, t] {
        for (int i = 0; i < 50; ++i) sink.write(saying(std::to_string(t * 100 + i)));
      });
    }
    threads.clear();
    EXPECT_TRUE(sink.flush(5s));
    EXPECT_EQ(sink.dropped(), 0u);
  }
  pipe.close_writer();
  const std::string all = pipe.read_all();
  EXPECT_EQ(std::ranges::count(all, '\n'), 200);
}

}  // namespace
}  // namespace hassette::log
