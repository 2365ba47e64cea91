#include "bus/verdict.hpp"

namespace hassette::bus {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kRan:
      return "ran";
    case Verdict::kWaits:
      return "waits for an earlier run";
    case Verdict::kSuppressed:
      return "suppressed: an earlier run was under way";
    case Verdict::kDropped:
      return "dropped: too many runs waited or were under way";
    case Verdict::kThrottled:
      return "throttled";
    case Verdict::kDebounced:
      return "debounced: waits for quiet";
    case Verdict::kHoldBegan:
      return "its .duration began";
    case Verdict::kHoldWentOn:
      return "its .duration goes on";
    case Verdict::kHoldEnded:
      return "its .duration was broken off";
    case Verdict::kUnchanged:
      return "the value did not change";
    case Verdict::kChanged:
      return "its .changed says no";
    case Verdict::kChangedFrom:
      return "its .changed_from says no";
    case Verdict::kChangedTo:
      return "its .changed_to says no";
    case Verdict::kWhere:
      return "its .where says no";
    case Verdict::kWhereAtEnd:
      return "its .where says no after the .duration";
    case Verdict::kFailed:
      return "a condition threw";
    case Verdict::kData:
      return "other data than asked for";
    case Verdict::kEnded:
      return "the registration had ended";
    case Verdict::kMissed:
      return "its .duration was over before it was registered again";
  }
  return {};
}

}  // namespace hassette::bus
