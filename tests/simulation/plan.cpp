#include "plan.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include "berlin.hpp"
#include "specs.hpp"

namespace hassette::simulation {

namespace {

using berlin::kHour;
using berlin::kMinute;

constexpr Micros kGrid = 10'000;

/// splitmix64: a few lines that give the same numbers everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t roll() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  Micros between(Micros low, Micros high) {
    return low + static_cast<Micros>(roll() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return between(0, 99) < percent; }
  std::string pick(std::initializer_list<const char*> of) {
    return *(of.begin() + between(0, static_cast<Micros>(of.size()) - 1));
  }

 private:
  std::uint64_t state_;
};

class Planner {
 public:
  explicit Planner(std::uint64_t seed)
      : dice_(seed), slow_(dice_.chance(30)), failing_(dice_.chance(10)) {
    tape_.seed = seed;
  }

  Tape plan() {
    set_clocks();
    const Micros count = dice_.between(8, 50);
    if (failing_) set_on_error(add("errors", "listener"));
    for (Micros i = dice_.between(2, 5); i > 0; --i) add_registration();
    if (boots_in_1970_) set_clock_later_ = dice_.between(count / 4, count / 2);
    for (Micros i = 0; i < count; ++i) {
      if (boots_in_1970_ && i == set_clock_later_) {
        add("step", "clock").fields["by"] = std::to_string(kStart - tape_.wall / kSecond * kSecond);
      }
      add_any();
    }
    if (away_) add("back", "home");
    time_ += (slow_ ? 6 * kHour : 20 * kSecond) + dice_.between(0, 999) * kGrid;
    add("rest", "-");
    return std::move(tape_);
  }

 private:
  static constexpr Micros kStart = 1'777'888'800 * kSecond;   // 4 May 2026, 12:00 in Berlin
  static constexpr Micros kSpring = 1'774'724'400 * kSecond;  // 28 March 2026, 20:00
  static constexpr Micros kAutumn = 1'792'864'800 * kSecond;  // 24 October 2026, 20:00

  void set_clocks() {
    const Micros which = dice_.between(0, 99);
    boots_in_1970_ = which < 6;
    tape_.wall = boots_in_1970_ ? kHour : which < 45 ? kStart : which < 72 ? kSpring : kAutumn;
    tape_.wall += dice_.between(0, 5 * 3600) * kSecond + dice_.between(1, kGrid - 1);
    if (dice_.chance(50)) tape_.lead = dice_.between(-30, 90) * kSecond;
  }

  /// A while: seconds where the tape is fast, up to hours where it is slow.
  Micros length(Micros low, Micros high) {
    const Micros unit = slow_ ? 4 * kMinute : kSecond / 10;
    return dice_.between(low * unit, high * unit) / kGrid * kGrid + dice_.between(1, kGrid - 1);
  }

  Op& add(const std::string& verb, const std::string& subject) {
    const Micros gap = dice_.chance(15) ? 0 : length(1, dice_.chance(10) ? 100 : 18);
    return add_after(gap, verb, subject);
  }

  Op& add_after(Micros gap, const std::string& verb, const std::string& subject) {
    time_ += gap / kGrid * kGrid + kGrid;
    return push(verb, subject);
  }

  /// Right then.
  Op& push(const std::string& verb, const std::string& subject) {
    tape_.ops.push_back({.at = time_, .verb = verb, .subject = subject, .fields = {}});
    return tape_.ops.back();
  }

  std::string any_name() {
    const bool job = jobs_ > 0 && (listeners_ == 0 || dice_.chance(35));
    return job ? "J" + std::to_string(dice_.between(1, jobs_))
               : "L" + std::to_string(dice_.between(1, std::max<Micros>(listeners_, 1)));
  }

  void add_registration() {
    if (dice_.chance(65)) {
      add_listener();
    } else {
      add_job();
    }
  }

  void add_any() {
    const Micros which = dice_.between(0, 99);
    if (which < 9) {
      add_registration();
    } else if (which < 12) {
      again();
    } else if (which < 16) {
      const std::string name = any_name();
      add("cancel", name);
    } else if (which < 20 && jobs_ > 0) {
      add("now", "J" + std::to_string(dice_.between(1, jobs_)));
    } else if (which < 24) {
      add(away_ ? "back" : "away", "home");
      away_ = !away_;
    } else if (which < 27 && !boots_in_1970_) {
      const Micros far = dice_.chance(50) ? 100 : 4 * 3600;
      const Micros by = dice_.between(1, far) * (dice_.chance(50) ? 1 : -1);
      add("step", "clock").fields["by"] = std::to_string(by * kSecond);
    } else if (which < 29) {
      set_on_error(add("errors", dice_.pick({"listener", "listener", "job"})));
    } else if (which < 39) {
      add(dice_.chance(60) ? "event" : "emit", dice_.pick({"ping", "pong"})).fields["value"] =
          std::to_string(dice_.between(0, 5));
    } else if (which < 42) {
      add("remove", any_entity());
    } else if (which < 52) {
      add_burst();
    } else if (which < 53) {
      add_rivals();
    } else {
      add_state();
    }
  }

  std::string any_entity() {
    return all_entities()[static_cast<std::size_t>(dice_.between(0, 99)) % all_entities().size()];
  }

  void add_state() {
    // Mostly one entity: what listeners hold back needs several changes of it.
    const std::string id = dice_.chance(45)   ? "light.a"
                           : dice_.chance(12) ? "sun.sun"
                                              : any_entity();
    set_state(add("state", id), id);
  }

  /// Several changes of one entity close together: queues fill, holds break, throttles close.
  void add_burst() {
    add_burst_of(dice_.chance(70) ? "light.a" : any_entity());
    if (listeners_ > 0 && dice_.chance(20)) {
      add_after(0, "cancel", "L" + std::to_string(dice_.between(1, listeners_)));
    }
  }

  void add_burst_of(const std::string& id) {
    for (Micros i = dice_.between(3, 8); i > 0; --i) {
      set_state(add_after(length(0, 4), "state", id), id);
    }
  }

  /// Two of a kind that restart at the same instant, where the first ends the other: at a moment at
  /// which the other's run has its turn, but has not begun.
  void add_rivals() {
    const bool jobs = !slow_ && dice_.chance(50);  // each minute of a slow tape would be much
    const auto rival = [&](const std::string& name) -> Op& {
      Op& op = add(jobs ? "job" : "listen", name);
      op.fields = {{"mode", "restart"}, {"takes", std::to_string(500 * kSecond + 17)}};
      if (jobs) {
        op.fields.insert({{"trigger", "minutely"}, {"each", "1"}});
      } else {
        op.fields.insert({{"entities", "light.a"}, {"immediate", "1"}});
      }
      registered_.push_back(op);
      return op;
    };
    const auto next_name = [&] {
      return jobs ? "J" + std::to_string(++jobs_) : "L" + std::to_string(++listeners_);
    };
    const std::string first = next_name();
    const std::string second = next_name();
    rival(first).fields["cancels"] = second;
    if (jobs) {
      add_after(65 * kSecond, "now", first);
      rival(second);
      add("now", second);
      add_after(65 * kSecond, "now", second);
    } else {
      rival(second);
      add_burst_of("light.a");
    }
  }

  void set_state(Op& op, const std::string& id) {
    if (id == "sun.sun") {
      op.fields["is"] = dice_.pick({"day", "night"});
    } else if (id.starts_with("sensor.")) {
      op.fields["is"] = dice_.chance(8) ? "unavailable" : std::to_string(dice_.between(17, 25));
    } else {
      op.fields["is"] = dice_.pick({"on", "on", "on", "off", "off", "off", "unavailable"});
    }
    if (dice_.chance(35)) op.fields["level"] = dice_.pick({"15", "50", "60"});
  }

  // --- Registrations

  /// The same once more: mostly it takes the place of the old one.
  void again() {
    if (registered_.empty()) return;
    const Op old = registered_[static_cast<std::size_t>(
        dice_.between(0, static_cast<Micros>(registered_.size()) - 1))];
    Op& op = add(old.verb, old.subject);
    op.fields = old.fields;
    if (dice_.chance(40)) op.fields["taken"] = dice_.pick({"skip", "refuse"});
  }

  void set_runs(Op& op) {
    const auto set = [&](int percent, const char* field, Micros low, Micros high) {
      if (dice_.chance(percent)) op.fields[field] = std::to_string(length(low, high));
    };
    const bool often_ends_in_time = slow_ && dice_.chance(70);
    set(60, "takes", 1, often_ends_in_time ? 2 : 50);
    set(15, "timeout", 5, 40);
    if (dice_.chance(failing_ ? 75 : 10)) op.fields["fails"] = "1";
    if (dice_.chance(20)) set_on_error(op);
    if (dice_.chance(60)) {
      const std::string mode = dice_.pick({"restart", "queued", "parallel"});
      op.fields["mode"] = mode;
      if (mode != "restart" && dice_.chance(70)) op.fields["limit"] = dice_.pick({"1", "2", "3"});
    }
    // What restarts a run that ends slowly may be replaced before it has begun.
    if (op.text("mode") == "restart") {
      set(40, "cleanup", 5, 25);
    } else {
      set(12, "cleanup", 1, 15);
    }
    if (dice_.chance(10)) op.fields["cancels"] = dice_.chance(40) ? op.subject : any_name();
  }

  void set_on_error(Op& op) {
    // Five seconds is what it may take; in a failing tape many are under way.
    const Micros takes = dice_.chance(30) ? 0 : dice_.between(1, failing_ ? 12'000 : 7'000) * 1'000;
    op.fields["on_error"] = std::to_string(takes == 0 ? 0 : takes + dice_.between(1, 999));
    if (dice_.chance(25)) op.fields["on_error_fails"] = "1";
  }

  void add_listener() {
    Op& op = add("listen", "L" + std::to_string(++listeners_));
    set_runs(op);
    if (dice_.chance(15)) op.fields["once"] = "1";
    if (dice_.chance(25)) op.fields["priority"] = dice_.pick({"-1", "1", "2"});
    const Micros delays = dice_.between(0, 99);
    const bool on_event = dice_.chance(20);
    if (delays < 18) {
      op.fields["debounce"] = std::to_string(length(5, 60));
    } else if (delays < 36) {
      op.fields["throttle"] = std::to_string(length(10, 100));
      if (dice_.chance(50)) op.fields["both_edges"] = "1";
    } else if (delays < 66 && !on_event) {
      op.fields["duration"] = std::to_string(length(5, 80));
    }
    if (on_event) {
      op.fields["event"] =
          dice_.pick({"ping", "ping", "pong", "hassette.connected", "hassette.disconnected"});
      if (dice_.chance(30)) op.fields["where"] = dice_.pick({"even", "night", "throws"});
    } else {
      set_question(op);
    }
    registered_.push_back(op);
    if (!op.has("immediate") || !dice_.chance(40)) return;
    op.fields["together"] = "1";
    const std::string id = dice_.chance(70) ? "light.a" : any_entity();
    set_state(push("state", id), id);
  }

  void set_question(Op& op) {
    op.fields["entities"] =
        dice_.pick({"light.a", "light.a", "light.*", "light.*", "sensor.t", "sensor.*",
                    "light.a,sensor.t", "light.b,light.c", "sun.sun", "light.*,sensor.*"});
    if (dice_.chance(op.has("duration") ? 40 : 20)) {
      op.fields["where"] = dice_.pick({"night", "throws"});
    }
    if (dice_.chance(20)) op.fields["immediate"] = "1";
    const bool immediate = op.has("immediate");
    if (dice_.chance(25)) {
      op.fields["attribute"] = "level";
      if (dice_.chance(50)) op.fields["changed_to"] = dice_.pick({"50", "above20"});
    } else {
      const bool sensors = op.text("entities").starts_with("sensor");
      if (dice_.chance(50)) {
        op.fields["changed_to"] =
            sensors ? dice_.pick({"above20", "18"}) : dice_.pick({"on", "on", "off"});
      }
      if (!immediate && dice_.chance(12)) op.fields["changed_from"] = sensors ? "18" : "off";
    }
    const bool plain = !op.has("changed_from");
    if (plain && dice_.chance(12)) op.fields["changed"] = "any";
    if (!immediate && !op.has("changed") && dice_.chance(6)) op.fields["changed"] = "up";
  }

  void add_job() {
    Op& op = add("job", "J" + std::to_string(++jobs_));
    set_runs(op);
    if (dice_.chance(20)) op.fields["where"] = dice_.pick({"night", "throws"});
    if (dice_.chance(25)) op.fields["skips_late"] = "1";
    if (dice_.chance(25)) op.fields["tolerance"] = std::to_string(dice_.between(1, 7200) * kSecond);
    const Micros which = dice_.between(0, 99);
    if (which < 20) {
      op.fields["trigger"] = "in";
      op.fields["length"] = std::to_string(length(5, 150));
    } else if (which < 50) {
      op.fields["trigger"] = "every";
      op.fields["length"] = std::to_string(length(15, 120));
      if (dice_.chance(30)) op.fields["aligned"] = "1";
    } else {
      set_wall_trigger(op);
    }
    registered_.push_back(op);
  }

  void set_wall_trigger(Op& op) {
    const std::string trigger = dice_.pick(
        {"at", "once", "daily", "daily", "weekly", "minutely", "hourly", "cron", "cron"});
    op.fields["trigger"] = trigger;
    if (trigger == "at") {
      const Micros base = boots_in_1970_ ? kStart : tape_.wall;
      op.fields["length"] = std::to_string(base + time_ + length(5, 150));
    } else if (trigger == "minutely") {
      op.fields["each"] = slow_ ? dice_.pick({"15", "30", "60"}) : dice_.pick({"1", "2", "5"});
    } else if (trigger == "hourly") {
      op.fields["each"] = dice_.pick({"1", "2", "6", "12"});
    } else if (trigger == "cron") {
      op.fields["time"] =
          dice_.pick({"*/15_*_*_*_*", "7_*_*_*_*", "30_2_*_*_*", "15_2,14_*_*_*", "0_*/6_*_*_*",
                      "45_1-3_*_*_*", "30_2_*_*_0", "0,30_2,3_*_*_*"});
    } else {
      op.fields["time"] = dice_.pick({"02:30", "02:00", "03:00", "00:00", "01:59", "12:01", "12:30",
                                      "14:00", "20:15", "23:59", "04:00"});
      if (trigger == "weekly") op.fields["each"] = dice_.pick({"0", "0", "1", "6"});
    }
  }

  Dice dice_;
  bool slow_;     // minutes and hours, instead of seconds
  bool failing_;  // most handlers fail
  Tape tape_;
  Micros time_ = 0;
  Micros listeners_ = 0;
  Micros jobs_ = 0;
  bool away_ = false;
  bool boots_in_1970_ = false;
  Micros set_clock_later_ = 0;
  std::vector<Op> registered_;
};

}  // namespace

Tape make_tape(std::uint64_t seed) {
  return Planner(seed).plan();
}

}  // namespace hassette::simulation
