#pragma once
// WaitRows: a row on the board for each place where tasks wait for an event, while any does.
//
// A loop that waits again and again does so at one place, so that a row is made once and then only
// shown and hidden: a wait costs a look-up, and the page sees one row and not a new one for each
// event. Rows that nobody needs are kept up to a bound, then the one that was used least recently
// goes. Owned by the reporter; loop thread.
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "run/observer.hpp"
#include "telemetry/board.hpp"

namespace hassette::telemetry {

class WaitRows {
 public:
  /// How many rows are kept that nobody waits at.
  static constexpr std::size_t kKept = 128;

  explicit WaitRows(Board& board) : board_(board) {}
  WaitRows(const WaitRows&) = delete;
  WaitRows& operator=(const WaitRows&) = delete;

  /// A task begins to wait; the number is for `end`.
  std::uint64_t begin(const run::Source& source, TimePoint at);
  void end(std::uint64_t number);
  std::size_t size() const { return known_.size(); }

 private:
  /// What is waited for, and where; it refers to the texts of its row, or of who asks.
  struct Key {
    std::string_view app;
    std::string_view waits_for;
    std::string_view file;
    std::uint_least32_t line;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Row {
    TaskMeter meter;
    std::string app;
    std::string waits_for;
    std::string file;
    std::uint_least32_t line = 0;
    std::size_t waiting = 0;
    std::uint64_t number = 0;
    Key key() const { return {app, waits_for, file, line}; }
  };
  using Place = std::list<Row>::iterator;
  Place make(const run::Source& source);
  void forget_oldest();

  Board& board_;
  std::list<Row> shown_;
  std::list<Row> hidden_;  // used least recently first
  std::unordered_map<Key, Place, Hash> known_;
  std::vector<Place> numbered_;        // by number, from 1
  std::vector<std::uint64_t> unused_;  // numbers of rows that went
};

}  // namespace hassette::telemetry
