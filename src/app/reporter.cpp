#include "app/reporter.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "async/loop.hpp"

namespace hassette::app {

std::uint64_t Reporter::registered(const run::Source& source) {
  const std::uint64_t number = ++registrations_;
  meters_.emplace(
      number, board_.add_task(
                  {.app = source.app,
                   .kind = source.kind == run::Kind::kJob ? telemetry::TaskKind::kJob
                                                          : telemetry::TaskKind::kListener,
                   .name = source.name,
                   .waits_for = source.trigger,
                   .source = fmt::format(
                       "{}:{}", std::filesystem::path(source.where.file_name()).filename().string(),
                       source.where.line())}));
  return number;
}

void Reporter::started(std::uint64_t number) {
  if (const auto found = meters_.find(number); found != meters_.end()) {
    found->second.started(loop_.wall(), event_);
  }
}

void Reporter::ended(std::uint64_t number, const run::Ended& how) {
  const auto found = meters_.find(number);
  if (found == meters_.end()) return;
  switch (how.outcome) {
    case run::Outcome::kSuccess:
      found->second.succeeded(how.duration);
      break;
    case run::Outcome::kCancelled:
      found->second.cancelled(how.duration);
      break;
    case run::Outcome::kError:
    case run::Outcome::kTimedOut:
      found->second.failed(how.duration, loop_.wall(), how.error);
      break;
  }
}

void Reporter::next_run(std::uint64_t number, std::optional<async::WallTime> at) {
  if (const auto found = meters_.find(number); found != meters_.end())
    found->second.set_next_run(at);
}

void Reporter::held_back(std::uint64_t number, bool dropped) {
  const auto found = meters_.find(number);
  if (found == meters_.end()) return;
  if (dropped) {
    found->second.dropped();
  } else {
    found->second.suppressed();
  }
}

void Reporter::on_link(const ha::Link& link) {
  using To = telemetry::LinkState;
  const To state = [&] {
    switch (link.state) {
      case ha::LinkState::kConnecting:
        return link.message.empty() ? To::kConnecting : To::kWaiting;
      case ha::LinkState::kStarting:
        return To::kStarting;
      case ha::LinkState::kConnected:
        return To::kConnected;
      case ha::LinkState::kLost:
        return To::kLost;
      case ha::LinkState::kRejected:
        return To::kRejected;
    }
    return To::kLost;
  }();
  telemetry::LinkChange change{.state = state, .error = link.message};
  if (link.retry_in > std::chrono::milliseconds(0)) change.retry_at = loop_.wall() + link.retry_in;
  board_.set_link(change);
}

void Reporter::on_home(const ha::HomeConfig& config) {
  board_.set_home({.url = url_,
                   .ha_version = config.version,
                   .name = config.name,
                   .time_zone = config.time_zone});
}

/// What a turn handles came with it: in a flood, reading the clock for each event would be felt.
async::WallTime Reporter::received() {
  if (std::exchange(turn_, loop_.turns()) != loop_.turns()) received_ = loop_.wall();
  return received_;
}

void Reporter::on_change(const state::Change& change) {
  telemetry::EventNote note{.time = received(),
                            .what = change.entity->text(),
                            .state_change = true,
                            .recovered = change.recovered};
  if (change.old_state) note.old_text = change.old_state->text();
  if (change.entity->state) note.new_text = change.entity->state->text();
  event_ = board_.record(note);
}

void Reporter::on_event(const Event& event) {
  event_ = board_.record(telemetry::note_of(event, received()));
}

void Reporter::settle(std::size_t entities) {
  event_ = 0;
  // Every event ends here, and the board's lock is shared with the page: only news goes there.
  if (std::exchange(entities_, entities) != entities) board_.set_entity_count(entities);
}

}  // namespace hassette::app
