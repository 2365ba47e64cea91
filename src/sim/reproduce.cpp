#include "sim/reproduce.hpp"

#include <optional>
#include <set>
#include <string>

#include "sim/home.hpp"
#include "sim/reproduce_plans.hpp"

namespace hassette::sim {

namespace {

class Reproduction {
 public:
  Reproduction(Home& home, const Json& options, const Context& context)
      : home_(home), options_(options), context_(context) {}

  void lead(const std::string& entity_id, const Json& wanted) {
    const StatePtr now = home_.state(entity_id);
    if (!now) return;
    if (now->domain() == "group") {
      if (!opened_.insert(entity_id).second) return;  // groups may hold each other
      const Json members = now->attributes()["entity_id"];
      for (std::size_t i = 0; i < members.size(); ++i) {
        const std::string member = members.at(i).get<std::string>().value_or("");
        lead(member, wanted);
      }
      return;
    }
    const Planner plan = planner_of(now->domain());
    if (!plan) return;
    Json attributes = wanted;
    attributes.erase("state");
    const std::string state = wanted["state"].get<std::string>().value_or("");
    for (Step& step : plan({*now, state, attributes, options_})) {
      if (!call(*now, std::move(step))) return;
    }
  }

  // Of the first call that was refused.
  std::optional<CommandFailure> failure;
  std::chrono::nanoseconds takes{0};

 private:
  // False where what comes after the step is not to be done.
  bool call(const State& now, Step step) {
    ServiceCall call;
    call.domain = now.domain();
    call.service = std::move(step.service);
    call.context = context_;
    call.data["entity_id"] = now.entity_id();
    for (auto& [key, value] : step.data.as_object()) call.data[key] = std::move(value);
    const auto result = std::make_shared<std::optional<ServiceResult>>();
    home_.call(std::move(call), [result](const ServiceResult& given) { *result = given; });
    if (!*result) {
      takes = kLockTurns;  // of all that scenes call only locks let their caller wait
      return true;
    }
    if (!(*result)->failure) return true;
    // A number outside its bounds is passed over.
    const bool passed_over =
        now.domain() == "input_number" && (*result)->failure->code == "invalid_format";
    if (!passed_over && !failure) failure = (*result)->failure;
    return false;
  }

  Home& home_;
  const Json& options_;
  const Context& context_;
  std::set<std::string, std::less<>> opened_;
};

}  // namespace

std::chrono::nanoseconds reproduce(Home& home, const Json& wanted, const Json& options,
                                   const Context& context) {
  Reproduction reproduction(home, options, context);
  for (const auto& [entity_id, state] : wanted.as_object()) reproduction.lead(entity_id, state);
  if (reproduction.failure) throw CommandFailure(*reproduction.failure);
  return reproduction.takes;
}

}  // namespace hassette::sim
