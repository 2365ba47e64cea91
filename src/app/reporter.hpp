#pragma once
// Reporter: puts what the engine and its apps do on the board. Loop thread only.
#include <unordered_map>

#include "app/engine.hpp"
#include "run/observer.hpp"
#include "telemetry/board.hpp"

namespace hassette::app {

class Reporter final : public run::Observer, public EngineObserver {
 public:
  Reporter(async::Loop& loop, telemetry::Board& board, std::string url)
      : loop_(loop), board_(board), url_(std::move(url)) {}

  std::uint64_t registered(const run::Source& source) override;
  void removed(std::uint64_t number) override { meters_.erase(number); }
  void started(std::uint64_t number) override;
  bool wants_causes() const override { return false; }
  void ended(std::uint64_t number, const run::Ended& how) override;
  void next_run(std::uint64_t number, std::optional<async::WallTime> at) override;
  void held_back(std::uint64_t number, bool dropped) override;

  void on_link(const ha::Link& link) override;
  void on_home(const ha::HomeConfig& config) override;
  void on_change(const state::Change& change) override;
  void on_event(const Event& event) override;
  void on_garbage(ha::Garbage kind) override { board_.add_unknown_frame(to_string(kind)); }
  void settle(std::size_t entities) override;

 private:
  async::WallTime received();

  async::Loop& loop_;
  telemetry::Board& board_;
  std::string url_;
  std::unordered_map<std::uint64_t, telemetry::TaskMeter> meters_;
  std::uint64_t registrations_ = 0;
  telemetry::EventTape::Number event_ = 0;
  std::size_t entities_ = 0;  // as the board knows it
  async::WallTime received_;
  std::uint64_t turn_ = 0;  // in which that was
};

}  // namespace hassette::app
