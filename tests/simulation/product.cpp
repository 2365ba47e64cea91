#include "product.hpp"

#include <fmt/format.h>

#include <functional>
#include <memory>

#include "app/engine.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"
#include "async/unawaited.hpp"
#include "link.hpp"
#include "log/log.hpp"
#include "model.hpp"
#include "scribe.hpp"
#include "tape_app.hpp"

namespace hassette::simulation {

namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

std::vector<std::string>* unawaited = nullptr;

/// While it lives, what is never awaited is told to these leaks.
class Reporting {
 public:
  explicit Reporting(std::vector<std::string>& leaks)
      : before_(async::set_unawaited_reporter([](const async::Unawaited& what) noexcept {
          unawaited->push_back("never awaited: " + std::string(what.task));
        })) {
    unawaited = &leaks;
  }
  Reporting(const Reporting&) = delete;
  Reporting& operator=(const Reporting&) = delete;
  ~Reporting() { async::set_unawaited_reporter(before_); }

 private:
  async::UnawaitedReporter before_;
};

/// Log lines are made, as in the engine; nobody reads them.
class Silence final : public log::Sink {
 public:
  void write(const log::LogRecord&) override {}
};

async::Pool& idle_pool() {
  static async::Pool pool(1);
  return pool;
}

class Product {
 public:
  explicit Product(const Tape& tape)
      : tape_(tape),
        home_(first_table(tape.wall + tape.lead)),
        scribe_(trace_),
        clock_(async::WallTime(microseconds(tape.wall))),
        loop_(clock_, reactor_),
        engine_(loop_, idle_pool(),
                [this](ha::HomeListener& listener) {
                  auto made = std::make_unique<Link>(listener, home_);
                  link_ = made.get();
                  return made;
                },
                scribe_, scribe_,
                {.zone = *time::Zone::find("Europe/Berlin"),
                 .missing_grace = nanoseconds(0),
                 .seed = tape.seed,
                 .clock_steps_are_told = true}) {
    scribe_.follow(loop_);
    own_.spawn(async::intern_label("engine", "connection"), engine_.run());
    own_.spawn(async::intern_label("engine", "ready"), engine_.ready());
    loop_.run_ready();
    run_here([this] { link_->tell_clock(home_clock()); });
  }

  void play() {
    for (const Op& op : tape_.ops) {
      if (op.at > scribe_.now()) run_until(op.at);
      happen(op);
    }
    run_until((tape_.ops.empty() ? 0 : tape_.ops.back().at) + kAfterwards);
    app_.sum_up();
    shut_down();
  }

  Played take_played() {
    return {.trace = std::move(trace_), .leaks = std::move(leaks_), .refused = std::move(refused_)};
  }

 private:
  Micros home_clock() const { return clock_.wall().time_since_epoch().count() + tape_.lead; }

  void run_until(Micros at) { loop_.run_until(async::MonoTime(microseconds(at))); }
  /// On the loop, as all that the engine does; then what is ready runs.
  void run_here(std::function<void()> what) {
    loop_.defer([what = std::move(what)] { what(); });
    loop_.run_ready();
  }
  /// Begins when the loop runs next, before whatever is deferred from now on.
  void spawn(Task<> task) {
    loop_.defer([this, task = std::move(task)]() mutable {
      own_.spawn_now(async::intern_label("tape", "operation"), std::move(task));
    });
  }

  void happen(const Op& op) {
    if (op.verb == "listen") {
      spawn(app_.listen(op));
      if (!op.has("together")) loop_.run_ready();
    } else if (op.verb == "job") {
      spawn(app_.schedule(op));
      loop_.run_ready();
    } else if (op.verb == "now") {
      spawn(app_.run_now(op.subject));
      loop_.run_ready();
    } else if (op.verb == "errors") {
      run_here([&] { app_.serve_errors(op); });
    } else if (op.verb == "cancel") {
      run_here([&] { app_.cancel(op.subject); });
    } else if (op.verb == "emit") {
      run_here([&] { app_.emit(op); });
    } else if (op.verb == "step") {
      run_here([&] {
        clock_.step_wall(microseconds(op.number("by")));
        engine_.clock_was_set();
      });
    } else {
      run_here([&] { tell(op); });
    }
  }

  /// What the home says.
  void tell(const Op& op) {
    scribe_.set_telling(true);
    if (op.verb == "state" || op.verb == "remove") {
      if (apply_to_home(home_, op, home_clock()) && link_->is_connected()) {
        link_->change(op.subject, home_clock());
      }
    } else if (op.verb == "event" && link_->is_connected()) {
      link_->event(op.subject, {{"value", op.text("value")}});
    } else if (op.verb == "away" && link_->is_connected()) {
      link_->lose();
    } else if (op.verb == "back" && !link_->is_connected()) {
      link_->connect();
    }
    scribe_.set_telling(false);
  }

  // --- The end

  static Task<> close_app(Product* self, bool* closed) {
    co_await self->app_.close();
    *closed = true;
  }
  static Task<> close_engine(Product* self, bool* closed) {
    co_await self->own_.close(CancelReason::kShutdown);
    *closed = true;
  }

  void shut_down() {
    bool runs_ended = false;
    async::Bucket closing(loop_, [](const async::Label&, const std::exception_ptr&) {});
    closing.spawn(async::intern_label("tape", "end"), close_app(this, &runs_ended));
    loop_.run_until(loop_.now() + microseconds(kEnding));
    if (!runs_ended) leaks_.push_back("runs do not end when they are cancelled");
    for (const auto& [number, source] : scribe_.present()) {
      leaks_.push_back("the registration " + source.name + " is still there");
    }
    if (loop_.timers() > 0) leaks_.push_back(fmt::format("{} timers are left", loop_.timers()));
    bool all_ended = false;
    closing.spawn(async::intern_label("tape", "end"), close_engine(this, &all_ended));
    loop_.run_ready();
    if (!all_ended) leaks_.push_back("the engine does not end");
  }

  const Tape& tape_;
  Table home_;
  Trace trace_;
  Scribe scribe_;
  Link* link_ = nullptr;
  std::vector<std::string> leaks_;
  std::vector<std::string> refused_;
  async::VirtualClock clock_;
  async::ParkReactor reactor_;
  async::Loop loop_;
  app::Engine engine_;
  TapeApp app_{loop_, engine_, scribe_};
  async::Bucket own_{loop_, [this](const async::Label&, const std::exception_ptr& error) {
                       refused_.push_back(async::describe(error));
                     }};
};

}  // namespace

Played play_product(const Tape& tape) {
  static const bool quiet = [] {
    log::add_sink(std::make_shared<Silence>());
    return true;
  }();
  static_cast<void>(quiet);
  Played played;
  std::vector<std::string> leaks;
  const Reporting reporting(leaks);
  {
    Product product(tape);
    product.play();
    played = product.take_played();
  }
  // What was never awaited may show only when the engine is gone.
  played.leaks.insert(played.leaks.begin(), leaks.begin(), leaks.end());
  return played;
}

}  // namespace hassette::simulation
