#pragma once
// Moves: how a home in an exploration gets on, one piece at a time, each of them chosen.
//
// What is due is kept back until it is clear what else the test does within the window. Then the
// pieces run: an event of the test, an answer of the home, a task that is ready, or time that
// goes on to the next timer. The engine's own work is no choice and goes first. Owned by the
// harness; loop thread.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/clock.hpp"
#include "async/loop.hpp"
#include "harness/explored_run.hpp"
#include "harness/home_connection.hpp"
#include "harness/tape.hpp"

namespace hassette::harness {

class Moves {
 public:
  using IsApp = std::function<bool(const async::Label&)>;
  using Happen = std::move_only_function<void()>;

  Moves(async::Loop& loop, Tape& tape, HomeConnection& connection, ExploredRun& run, IsApp is_app);

  /// Something that the test does to the home; what has the same key keeps its order.
  void add(std::string_view key, std::string what, Happen happen);
  /// Everything that is due by now happens.
  void settle();
  /// The test's time goes on. What is due within the last window of it waits: something that the
  /// test does next may come first.
  void advance_to(async::MonoTime until);
  /// From one thing that happens to the next; false if the condition does not hold by `end`.
  bool run_until(const std::function<bool()>& condition, async::MonoTime end);
  /// Where the test stands, which the home may have yet to reach.
  async::MonoTime now() const { return std::max(time_, loop_.now()); }

 private:
  struct Event {
    async::MonoTime at;
    std::string key;
    std::string what;
    Happen happen;
  };
  enum class Kind : std::uint8_t { kTask, kAnswer, kEvent, kTime };
  struct Move {
    Kind kind;
    std::size_t place = 0;
    async::MonoTime at = {};
  };
  using Fibers = std::vector<const async::Fiber*>;

  void play(async::MonoTime until, bool more_may_come);
  void run_engine();
  Fibers ready();
  std::vector<Move> possible(async::MonoTime until, const Fibers& ready) const;
  void add_events(const Fibers& ready, async::MonoTime horizon, std::vector<Move>& moves) const;
  async::MonoTime waiting_since() const;
  bool may_be_overtaken(async::MonoTime until, const Fibers& ready) const;
  std::string words(const Move& move, const Fibers& ready) const;
  void carry_out(const Move& move, const Fibers& ready);
  void happen(std::size_t place, bool time_may_pass);

  async::Loop& loop_;
  Tape& tape_;
  HomeConnection& connection_;
  ExploredRun& run_;
  IsApp is_app_;
  std::vector<Event> events_;  // by time
  async::MonoTime time_;
};

}  // namespace hassette::harness
