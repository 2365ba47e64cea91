#include "scribe.hpp"

#include <fmt/format.h>

#include <chrono>

namespace hassette::simulation {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::string lane_of(const std::string& cause) {
  return cause.starts_with("event ") ? "event" : cause.substr(0, cause.find(": "));
}

const char* to_text(run::Outcome outcome) {
  switch (outcome) {
    case run::Outcome::kSuccess:
      return "succeeded";
    case run::Outcome::kError:
      return "failed";
    case run::Outcome::kCancelled:
      return "cancelled";
    case run::Outcome::kTimedOut:
      return "timed out";
  }
  return "";
}

}  // namespace

std::string group_of(const std::string& label, const std::string& lane) {
  return lane.empty() ? label : label + " " + lane;
}

Micros Scribe::now() const {
  return loop_ ? duration_cast<microseconds>(loop_->now().time_since_epoch()).count() : 0;
}

void Scribe::begins(const std::string& group, const std::string& cause) {
  add(group, "begins " + cause);
  if (telling_) trace_.told.push_back(group + " begins " + cause);
}

std::uint64_t Scribe::registered(const run::Source& source) {
  const std::uint64_t number = names_.size() + 1;
  names_[number] = source.name;
  present_[number] = source;
  present_[number].name = labels_.at(source.name);
  return number;
}

void Scribe::ended(std::uint64_t number, const run::Ended& how) {
  const run::Source& source = present_.at(number);
  const bool job = source.kind == run::Kind::kJob;
  const std::string cause = job ? std::string() : how.cause;
  add(group_of(source.name, job ? std::string() : lane_of(cause)),
      fmt::format("ended {} after {} {}", to_text(how.outcome),
                  seconds_text(duration_cast<microseconds>(how.duration).count()), cause));
}

void Scribe::held_back(std::uint64_t number, bool dropped) {
  add(present_.at(number).name, dropped ? "dropped" : "held back");
}

void Scribe::throttled(std::uint64_t number) {
  add(present_.at(number).name, "throttled");
}

void Scribe::condition_failed(std::uint64_t number, const std::string&) {
  add(present_.at(number).name, "condition failed");
}

/// Which may be long after its registration has ended.
void Scribe::error_handler_failed(std::uint64_t number) {
  add(names_.at(number) + " error handler", "failed");
}

}  // namespace hassette::simulation
