#pragma once
// SequenceWatch: how far a sequence of changes has come.
//
// For each step there is at most one match that waits for it; a newer one takes its place, since it
// has more time and knows nothing less. So there are never more matches than steps. Loop thread.
#include <memory>
#include <optional>
#include <vector>

#include <hassette/sequence.hpp>
#include "bus/watch.hpp"

namespace hassette::bus {

class SequenceWatch final : public Watch {
 public:
  SequenceWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
                Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler,
                const Sequence& sequence);

 private:
  /// What has to come next, and what must not come before it.
  struct Link {
    Sequence::Kind kind;
    std::optional<std::chrono::nanoseconds> within;
  };
  /// A match that waits for the link of its place.
  struct Match {
    StateChange last;
    std::unique_ptr<Alarm> deadline;  // null: no limit
  };
  void step(std::size_t place, const StateChange& change);
  void forbid(std::size_t place) { matches_[place].reset(); }
  void wait_for(std::size_t place, const StateChange& change);
  void time_is_over(std::size_t place);
  void drop_state() override;

  std::vector<Link> links_;  // the first is the step that begins a match
  std::vector<std::optional<Match>> matches_;
};

}  // namespace hassette::bus
