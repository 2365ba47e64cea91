#include "harness/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include <hassette/duration.hpp>
#include "log/log.hpp"
#include "sim/service.hpp"

namespace hassette {

namespace {

// Whose unawaited tasks are reported on this thread: the reporter is a plain function.
thread_local TestHome::Parts* innermost = nullptr;

time::Zone zone_named(const std::string& name) {
  const auto zone = time::Zone::find(name);
  if (!zone) throw LogicError(zone.error(), name);
  return *zone;
}

/// Stops time where a test wants to look, without doing anything.
struct Landmark final : async::Timer {
  void fire() override {}
};

}  // namespace

TestHome::Parts::Parts(HarnessOptions given)
    : options(std::move(given)),
      zone(zone_named(options.time_zone)),
      clock(zone.resolve(options.date, options.time)),
      loop(clock, reactor),
      pool(1),
      tape(loop),
      log(std::make_shared<harness::LogToTape>(loop, tape)),
      home(loop, options.seed),
      house(home, loop, options.seed),
      engine(
          loop, pool,
          [this](ha::HomeListener& listener) {
            auto made = std::make_unique<harness::HomeConnection>(home, listener, tape);
            connection = made.get();
            return made;
          },
          tape, tape,
          {.missing_grace = std::chrono::nanoseconds(0), .ledger = &ledger, .seed = options.seed}),
      background(loop, [this](const async::Label& label, const std::exception_ptr& error) {
        tape.failed(fmt::format("{} `{}`: {}", label.app, label.task, async::describe(error)));
      }) {
  tape.set_zone(zone);
  sim::add_services(home.services());
  Json config = home.config();
  config["time_zone"] = options.time_zone;
  config["latitude"] = options.latitude;
  config["longitude"] = options.longitude;
  config["elevation"] = options.elevation;
  home.set_config(std::move(config));
}

TestHome::Parts::~Parts() = default;

void TestHome::Parts::open() {
  is_open = true;
  outer = std::exchange(innermost, this);
  reporter_before = async::set_unawaited_reporter([](const async::Unawaited& what) noexcept {
    if (!innermost) return;
    innermost->tape.failed(fmt::format("{} `{}`: a Task that was made at {}:{} was never awaited",
                                       what.app, what.task, what.made_at.file_name(),
                                       what.made_at.line()));
  });
  log::add_sink(log);
  background.spawn(async::intern_label("engine", "connection"), engine.run());
  complete(engine.ready(), std::chrono::hours(1));
}

void TestHome::Parts::explore(harness::ExploredRun& run) {
  explored = &run;
  moves.emplace(loop, tape, *connection, run, [this](const async::Label& label) {
    return std::ranges::any_of(instances,
                               [&](const auto& instance) { return instance->name() == label.app; });
  });
}

void TestHome::Parts::must_be_outside(std::string_view what) const {
  loop.assert_thread(what);
  if (!is_inside()) return;
  throw LogicError(
      fmt::format("{} is the test's to do; inside a handler `co_await sleep(…)` or "
                  "an event waits",
                  what));
}

void TestHome::Parts::settle() {
  loop.assert_thread("the TestHome");
  if (is_inside()) return;
  if (moves) {
    moves->settle();
  } else {
    loop.run_ready();
  }
}

void TestHome::Parts::happen(std::string_view key, std::string_view what,
                             harness::Moves::Happen change) {
  loop.assert_thread("the TestHome");
  if (explores()) {
    moves->add(key, fmt::format("{} {}", key, what), std::move(change));
    return;
  }
  change();
  settle();
}

void TestHome::Parts::advance_to(async::MonoTime until) {
  must_be_outside("moving time");
  if (moves) {
    moves->advance_to(until);
  } else {
    loop.run_until(until);
  }
}

std::vector<std::string> TestHome::Parts::close() {
  is_open = false;
  std::vector<std::string> faults;
  for (const auto& instance : instances) {
    if (!instance->running()) continue;
    faults.push_back(
        fmt::format("{} does not stop: something of it does not end when it is "
                    "cancelled",
                    instance->name()));
  }
  bool closed = false;
  async::Bucket closing(loop, [](const async::Label&, const std::exception_ptr&) {});
  closing.spawn(async::intern_label("engine", "close"), [](Parts* parts, bool* done) -> Task<> {
    co_await parts->background.close(CancelReason::kShutdown);
    *done = true;
  }(this, &closed));
  while (!closed) loop.run_ready();
  loop.run_ready();
  log::remove_sink(*log);
  async::set_unawaited_reporter(reporter_before);
  innermost = outer;

  find_errors(faults);
  if (!faults.empty()) faults.back() += tape_text();
  return faults;
}

void TestHome::Parts::find_errors(std::vector<std::string>& faults) const {
  std::vector<std::string> open_expectations = expected;
  struct Mistake {
    std::string first;  // of its errors
    std::size_t times = 0;
  };
  std::vector<Mistake> found;
  std::unordered_map<std::string, std::size_t> places;  // in `found`
  for (std::size_t i = 0; i < tape.errors().size(); ++i) {
    const std::string& error = tape.errors()[i];
    const auto expectation = std::ranges::find_if(
        expected, [&](const std::string& part) { return error.contains(part); });
    if (expectation != expected.end()) {
      std::erase(open_expectations, *expectation);
      continue;
    }
    const auto [place, is_new] = places.try_emplace(tape.mistakes()[i], found.size());
    if (is_new) found.push_back({error});
    ++found[place->second].times;
  }
  for (const auto& [first, times] : found) {
    faults.push_back("an app failed: " + first);
    if (times > 1) faults.back() += fmt::format("; the same {} times in all", times);
  }
  for (const std::string& part : open_expectations) {
    faults.push_back(fmt::format("expected an error with `{}`, and none came", part));
  }
}

void TestHome::Parts::complete(Task<> task, std::chrono::nanoseconds limit) {
  must_be_outside("running a task to its end");
  bool ended = false;
  std::exception_ptr error;
  const std::uint64_t number =
      background.spawn(async::intern_label("test", "task"),
                       [](Task<> given, bool* done, std::exception_ptr* what) -> Task<> {
                         try {
                           co_await std::move(given);
                         } catch (...) {
                           *what = std::current_exception();
                         }
                         *done = true;
                       }(std::move(task), &ended, &error));
  if (!run_until([&] { return ended; }, limit)) {
    background.cancel(number, CancelReason::kTimeout);
    run_until([&] { return ended; }, std::chrono::hours(1));
    throw Error("harness",
                fmt::format("it did not end within {} of the home's time", format_duration(limit)),
                tape_text());
  }
  if (error) std::rethrow_exception(error);
}

bool TestHome::Parts::run_until(const std::function<bool()>& condition,
                                std::chrono::nanoseconds limit) {
  must_be_outside("running until something is so");
  const async::MonoTime end = async::later(now(), limit);
  if (moves) return moves->run_until(condition, end);
  Landmark landmark;
  loop.start_timer(landmark, end);
  for (;;) {
    loop.run_ready();
    if (condition()) return true;
    if (loop.now() >= end) return false;
    loop.turn(true);
  }
}

void TestHome::Parts::stop(app::Instance& instance) {
  complete(instance.stop(CancelReason::kShutdown), std::chrono::hours(1));
}

void TestHome::Parts::place(sim::StatePtr state) {
  const std::string context = harness::text_of(state->context());
  engine.services().cache.apply(harness::to_wire(*state, context), loop.wall(), context);
  home.place(std::move(state));
}

void TestHome::Parts::place(const std::string& entity, std::string state, const Json& attributes) {
  place(std::make_shared<const sim::State>(entity, std::move(state),
                                           std::make_shared<const sim::Attributes>(attributes),
                                           home.make_context(), loop.wall(), loop.wall()));
}

void TestHome::Parts::reload() {
  home.states().for_each([&](const sim::StatePtr& state) {
    const std::string context = harness::text_of(state->context());
    engine.services().cache.apply(harness::to_wire(*state, context), loop.wall(), context);
  });
}

std::string TestHome::Parts::tape_text() const {
  if (explored) return {};
  std::string text = "\n  what happened:";
  for (const std::string& line : tape.lines(40)) text += "\n    " + line;
  return text;
}

}  // namespace hassette
