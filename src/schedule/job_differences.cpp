// What distinguishes two jobs of one name, for `.if_exists = IfExists::kSkip`.
#include <hassette/scheduler.hpp>

#include "schedule/job_record.hpp"

namespace hassette::schedule {

namespace {

std::string text_of(const std::optional<Window>& window) {
  return window ? window->str() : std::string();
}

}  // namespace

std::vector<std::string> JobRecord::differences(const JobRecord& other) const {
  const JobOptions& a = options_;
  const JobOptions& b = other.options_;
  std::vector<std::string> found;
  const auto compare = [&found](const char* what, bool same) {
    if (!same) found.emplace_back(what);
  };
  compare("the handler", work_->same(*other.work_));
  // Functions are told apart by their type, as the bus does it.
  compare(".where", a.where.target_type() == b.where.target_type());
  compare(".window", text_of(a.window) == text_of(b.window));
  compare(".jitter", a.jitter == b.jitter);
  compare(".group", a.group == b.group);
  compare(".mode", a.mode == b.mode);
  compare(".timeout", runner_.timeout() == other.runner_.timeout());
  compare(".on_error", a.on_error.is_set() == b.on_error.is_set() &&
                           (!a.on_error.is_set() || *a.on_error.type() == *b.on_error.type()));
  compare(".late", a.late == b.late);
  compare(".late_tolerance", a.late_tolerance == b.late_tolerance);
  compare(".clock", a.clock.value_or(WallClockRule()) == b.clock.value_or(WallClockRule()));
  compare(".if_past", a.if_past == b.if_past);
  compare(".durable", a.durable == b.durable);
  compare(".missed", a.missed == b.missed);
  compare(".interrupted", a.interrupted == b.interrupted);
  return found;
}

}  // namespace hassette::schedule
