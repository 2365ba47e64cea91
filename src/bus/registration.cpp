#include "bus/registration.hpp"

#include <fmt/format.h>

#include <vector>

#include <hassette/duration.hpp>
#include "bus/check.hpp"
#include "bus/engine_events.hpp"
#include "bus/router.hpp"

namespace hassette::bus {

namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

std::shared_ptr<Listener> existing(const Owner& owner, const Listener& listener) {
  const auto found = owner.listeners.find(listener.key());
  return found == owner.listeners.end() ? nullptr : found->second;
}

void check_now(const Owner& owner, const Listener& listener, IfExists if_exists) {
  if (owner.bucket->closed()) refuse(listener, "its app has stopped");
  const auto old = existing(owner, listener);
  if (!old || if_exists == IfExists::kReplace) return;
  if (if_exists == IfExists::kError) {
    refuse(listener,
           fmt::format("the app listens to {} under this name already (registered at {}); "
                       "choose another .name, or say .if_exists",
                       listener.source().trigger, old->runner().place()));
  }
  const std::vector<std::string> differences = listener.differences(*old);
  if (differences.empty()) return;
  refuse(listener,
         fmt::format(".if_exists = IfExists::kSkip keeps the one registered at {}, but this "
                     "one differs in {}",
                     old->runner().place(), join(differences)));
}

void enter(Owner& owner, const std::shared_ptr<Listener>& listener) {
  if (const auto old = existing(owner, *listener)) old->cancel(CancelReason::kReplaced);
  owner.listeners.emplace(listener->key(), listener);
}

std::string trigger_of(const std::string& entities, const std::string& attribute,
                       const StateChangeOptions& options) {
  std::string text = attribute.empty() ? entities : fmt::format("{} [{}]", entities, attribute);
  if (options.changed_from.is_set()) text += " from " + options.changed_from.summary();
  if (options.changed_to.is_set()) text += " → " + options.changed_to.summary();
  if (options.changed.how().is_set()) text += ", " + options.changed.how().summary();
  if (options.where.is_set()) text += ", where " + options.where.summary();
  if (options.duration) text += " for " + format_duration(*options.duration);
  return text;
}

Task<> want(Owner* owner, std::string type) {
  if (!type.starts_with(kEnginePrefix)) {
    co_await owner->router->source().want(std::move(type));
  }
}

}  // namespace hassette::bus
