// bus.on_sequence, on_stale, on_rate and on_crossing.
#include <fmt/format.h>

#include <cmath>

#include <hassette/bus.hpp>
#include <hassette/duration.hpp>
#include "async/loop.hpp"
#include "bus/check.hpp"
#include "bus/registration.hpp"
#include "bus/sensor_watch.hpp"
#include "bus/sequence.hpp"

namespace hassette {

namespace bus {
namespace {

using ChangeHandler = std::unique_ptr<Handler<StateChange>>;
constexpr std::chrono::nanoseconds kLongestWatch = std::chrono::hours(24 * 365);

StateChangeOptions as_of_changes(const WatchOptions& options) {
  return {.name = options.name,
          .where = options.where,
          .once = options.once,
          .throttle = options.throttle,
          .mode = options.mode,
          .timeout = options.timeout,
          .if_exists = options.if_exists,
          .on_error = options.on_error};
}

void check_length(const Registrant& who, std::string_view what, std::chrono::nanoseconds length) {
  if (length > std::chrono::nanoseconds(0) && length <= kLongestWatch) return;
  refuse(who, fmt::format("{} must be longer than zero and at most a year", what));
}

Task<Subscription> begin(Owner* owner, std::shared_ptr<Watch> watch, IfExists if_exists) {
  check_now(*owner, *watch, if_exists);
  if (if_exists == IfExists::kSkip) {
    if (const auto old = existing(*owner, *watch)) co_return Subscription(old);
  }
  enter(*owner, watch);
  watch->begin();
  co_return Subscription(watch);
}

template <class W, class... What>
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> make(
    Owner* owner, std::string trigger, ChangeHandler handler, WatchOptions options,
    std::source_location where, const What&... what) {
  run::Source source{.kind = run::Kind::kListener,
                     .app = owner->app,
                     .name = options.name,
                     .trigger = trigger,
                     .where = where};
  auto watch = std::make_shared<W>(*owner, std::move(source), std::move(trigger),
                                   policy_of(as_of_changes(options), *owner),
                                   std::move(options.where), std::move(handler), what...);
  check_now(*owner, *watch, options.if_exists);
  return begin(owner, std::move(watch), options.if_exists).at(where);
}

}  // namespace
}  // namespace bus

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> Bus::watch(
    const Sequence& steps, ChangeHandler handler, WatchOptions options,
    std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on_sequence");
  const StateChangeOptions checked = bus::as_of_changes(options);
  if (const std::string problem = steps.problem(); !problem.empty()) {
    bus::refuse({options.name, where}, problem);
  }
  // The handler gets the change of the last step that happens.
  const Sequence::Step* given = &steps.steps().front();
  for (const Sequence::Step& step : steps.steps()) {
    bus::check(step.entities, std::nullopt, {}, checked, *owner_, where);
    if (step.within) bus::check_length({options.name, where}, ".within(…)", *step.within);
    if (step.kind == Sequence::Kind::kThen) given = &step;
  }
  bus::check(given->entities, std::nullopt, handler->domain(), checked, *owner_, where);
  std::string trigger = steps.summary();
  return bus::make<bus::SequenceWatch>(owner_, std::move(trigger), std::move(handler),
                                       std::move(options), where, steps);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> Bus::watch(
    const Entities& entities, Length after, ChangeHandler handler, WatchOptions options,
    std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on_stale");
  bus::check(entities, std::nullopt, handler->domain(), bus::as_of_changes(options), *owner_,
             where);
  bus::check_length({options.name, where}, "the time after which it is stale", after);
  std::string trigger = fmt::format("{} stale for {}", entities.text(), format_duration(after));
  return bus::make<bus::StaleWatch>(owner_, std::move(trigger), std::move(handler),
                                    std::move(options), where, entities, after.get());
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> Bus::watch(
    const Entities& entities, const RateOfChange& rate, ChangeHandler handler, WatchOptions options,
    std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on_rate");
  bus::check(entities, std::nullopt, handler->domain(), bus::as_of_changes(options), *owner_,
             where);
  bus::check_length({options.name, where}, ".over(…)", rate.window());
  if (!rate.condition().is_set()) {
    bus::refuse({options.name, where}, "say which rate it runs for: per_hour(C::above(2.0))");
  }
  std::string trigger = fmt::format("{}, {}", entities.text(), rate.summary());
  return bus::make<bus::RateWatch>(owner_, std::move(trigger), std::move(handler),
                                   std::move(options), where, entities, rate);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> Bus::watch(
    const Entities& entities, const Crossing& crossing, ChangeHandler handler, WatchOptions options,
    std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on_crossing");
  bus::check(entities, std::nullopt, handler->domain(), bus::as_of_changes(options), *owner_,
             where);
  if (!std::isfinite(crossing.limit) || !(crossing.hysteresis >= 0) ||
      !std::isfinite(crossing.hysteresis)) {
    bus::refuse({options.name, where},
                "limit and hysteresis are numbers, and the hysteresis is not below 0");
  }
  std::string trigger = fmt::format("{} {}", entities.text(), crossing.summary());
  return bus::make<bus::CrossingWatch>(owner_, std::move(trigger), std::move(handler),
                                       std::move(options), where, entities, crossing);
}

}  // namespace hassette
