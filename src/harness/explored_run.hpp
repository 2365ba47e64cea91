#pragma once
// The choices of one explored run, and the tree of all of them.
//
// Choices walks the tree depth first: each run follows the path of the last one up to the deepest
// choice that has an alternative left, takes it, and the first alternative from there on. A
// scenario that does not repeat itself goes on with first alternatives, and is told at its end.
// Owned by the exploration; one thread.
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <hassette/explore.hpp>

namespace hassette::harness {

class Choices {
 public:
  /// The next choice of this run, between so many.
  std::size_t choose(std::size_t options);
  /// The run is over. Says what is wrong if it did not make the choices of the path that it was to
  /// follow; empty if it did.
  std::string end();
  /// How many alternatives of this run's choices nobody has taken yet: each leads to a schedule of
  /// its own, or to several.
  std::size_t untried() const;
  /// Moves on to the next path; false if this was the last.
  bool next();
  /// Of this run: how many choices were not the first alternative.
  std::size_t turns() const;

 private:
  struct Point {
    std::size_t options;
    std::size_t taken;
  };
  std::vector<Point> path_;
  std::size_t depth_ = 0;
  std::string problem_;
};

/// What a home in an exploration is made with, and where it leaves how it went.
class ExploredRun {
 public:
  ExploredRun(const ExploreOptions& options, Choices& choices)
      : options_(options), choices_(choices) {}
  ExploredRun(const ExploredRun&) = delete;
  ExploredRun& operator=(const ExploredRun&) = delete;

  std::chrono::nanoseconds window() const { return options_.window; }
  std::size_t choose(std::size_t options) { return choices_.choose(options); }
  void ended(const TestHome& home);
  const Schedule& schedule() const { return schedule_; }

 private:
  const ExploreOptions& options_;
  Choices& choices_;
  Schedule schedule_;
};

}  // namespace hassette::harness
