// What a test asks about the calls of its apps.
#include <fmt/format.h>

#include <algorithm>

#include <hassette/test_home.hpp>
#include "harness/known.hpp"
#include "harness/parts.hpp"

namespace hassette {

std::string TestHome::outcome() const {
  parts_->settle();
  std::vector<std::string> states;
  parts_->home.states().for_each([&](const sim::StatePtr& state) {
    states.push_back(fmt::format("{}: {} {}\n", state->entity_id(), state->state(),
                                 state->shared_attributes()->text));
  });
  std::vector<std::string> made;
  for (const RecordedCall& call : calls()) {
    made.push_back(fmt::format("{} calls {} {}{}{}\n", call.app, call.service, call.data.dump(),
                               call.error.empty() ? "" : ": ", call.error));
  }
  std::string text;
  for (std::vector<std::string>* lines : {&states, &made}) {
    std::ranges::sort(*lines);
    for (const std::string& line : *lines) text += line;
  }
  return text;
}

std::string TestHome::explain_unknown(std::string_view service, const Json& data) const {
  std::string problem = harness::unknown_service(parts_->home.services(), calls(), service);
  if (!problem.empty()) return problem;
  return harness::unknown_entity_of(data, parts_->home, parts_->engine.services().cache,
                                    parts_->tape);
}

std::size_t TestHome::call_count(std::string_view service, const Json& data) const {
  if (std::string problem = explain_unknown(service, data); !problem.empty()) {
    throw LogicError(std::move(problem));
  }
  return static_cast<std::size_t>(std::ranges::count_if(
      calls(), [&](const RecordedCall& call) { return harness::matches(call, service, data); }));
}

std::string TestHome::explain_missing(std::string_view service, const Json& data) const {
  std::string text = harness::explain_missing(calls(), service, data);
  if (const std::string problem = explain_unknown(service, data); !problem.empty()) {
    text += "\n  " + problem;
  }
  return text + parts_->tape_text();
}

std::string TestHome::explain_present(std::string_view service, const Json& data) const {
  std::string text = fmt::format("{} was called", service);
  for (const RecordedCall& call : calls()) {
    if (!harness::matches(call, service, data)) continue;
    text += fmt::format("\n  at {} by {}: {}", parts_->zone.to_local(call.at).str(), call.app,
                        call.data.dump());
  }
  return text + parts_->tape_text();
}

}  // namespace hassette
