// What the simulated home remembers: a bounded ring of states, and who called which service.
//
// History, logbook and statistics answer from it in Home Assistant's shapes. Attributes that Home
// Assistant does not record are left out. Owned by the Home, used on its loop's thread.
#pragma once

#include <cstddef>
#include <deque>
#include <hassette/json.hpp>
#include <hassette/time.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/event.hpp"

namespace hassette::sim {

class Home;

struct HistoryRequest {
  TimePoint start;
  TimePoint end;
  std::vector<std::string> entity_ids;
  bool minimal = false;
  bool no_attributes = false;
  bool significant_only = true;
  bool start_state = true;
};

class Recorder {
 public:
  explicit Recorder(Home& home) : home_(home) {}

  // Counts for all entities together; the oldest go first.
  void set_capacity(std::size_t states) { capacity_ = states; }
  void record(StatePtr state, bool removed, TimePoint time);
  void record(const Event& event);

  // {entity_id: [{s, a, lu, lc?}]} as the WebSocket answers.
  [[nodiscard]] Json history(const HistoryRequest& request) const;
  // [[{entity_id, state, attributes, last_changed, last_updated}]] as REST answers.
  [[nodiscard]] Json rest_history(const HistoryRequest& request) const;
  // `iso` writes times as text and adds the names, as REST does.
  [[nodiscard]] Json logbook(TimePoint start, TimePoint end,
                             const std::vector<std::string>& entity_ids,
                             std::string_view context_id, bool iso) const;
  [[nodiscard]] Json statistic_ids() const;

 private:
  void fetch_ahead() const;
  struct Row {
    StatePtr state;
    TimePoint time;
    bool removed;
    [[nodiscard]] bool state_is_new() const { return state->last_changed() == time; }
  };
  struct Cause {
    std::string domain;
    std::string service;
  };
  [[nodiscard]] std::vector<const Row*> rows(const HistoryRequest& request,
                                             std::string_view entity_id) const;
  [[nodiscard]] Json logbook_entry(const Row& row, bool iso) const;

  Home& home_;
  std::size_t capacity_ = 10'000;
  std::deque<Row> rows_;
  std::unordered_map<std::string, Cause> causes_;  // by context id
  std::deque<std::string> cause_order_;
};

}  // namespace hassette::sim
