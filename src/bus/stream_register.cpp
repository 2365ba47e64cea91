// bus.next, bus.wait_for and bus.stream: listeners whose events a task reads.
#include <fmt/format.h>

#include <hassette/bus.hpp>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include "async/loop.hpp"
#include "bus/check.hpp"
#include "bus/inbox.hpp"
#include "bus/registration.hpp"
#include "bus/router.hpp"
#include "bus/unknown.hpp"
#include "bus/unseen.hpp"

namespace hassette {

namespace bus {
namespace {

constexpr std::size_t kLargestBuffer = 100'000;

/// Many may wait for the same; the registrations of an app are told apart by their topic.
std::string unique_topic(Owner& owner, std::string_view kind, const std::string& asked) {
  return fmt::format("{} {} {}", kind, ++owner.waits, asked);
}

/// In the router from here until it is destroyed; the app's end may come first.
template <class L>
class Listening {
 public:
  Listening(Owner& owner, std::shared_ptr<L> listener) : listener_(std::move(listener)) {
    owner.listeners.emplace(listener_->key(), listener_);
    owner.router->add(*listener_);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    if (listener_ && listener_->active()) listener_->cancel(CancelReason::kRequested);
  }
  std::shared_ptr<L> release() { return std::move(listener_); }
  L& operator*() const { return *listener_; }

 private:
  std::shared_ptr<L> listener_;
};

/// Shown to the observer for as long as its task waits.
class Shown {
 public:
  Shown(run::Observer& observer, const run::Source& source)
      : observer_(observer), number_(observer.waits(source)) {}
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;
  ~Shown() { observer_.waits_no_more(number_); }

 private:
  run::Observer& observer_;
  std::uint64_t number_;
};

void check_running(const Owner& owner, const Listener& listener) {
  if (owner.bucket->closed()) refuse(listener, "its app has stopped");
}

template <class E>
struct Heard {
  InboxPtr<E> inbox;
  std::shared_ptr<std::conditional_t<std::same_as<E, StateChange>, StateListener, EventListener>>
      listener;
};

/// What `next`, `wait_for` and `stream` have in common.
struct Asked {
  std::string_view kind;  // "next", "wait_for", "stream"
  std::string name;
  std::size_t buffer;
  run::Observer& observer;
  std::source_location where;
  std::optional<Length> limit = {};

  bool is_stream() const { return kind == "stream"; }
  run::Source source(const Owner& owner, std::string trigger) const {
    if (limit) trigger += fmt::format(", at most {}", format_duration(*limit));
    return {.kind = is_stream() ? run::Kind::kStream : run::Kind::kWait,
            .app = owner.app,
            .name = name,
            .trigger = std::move(trigger),
            .where = where};
  }
};

void check_buffer(const Asked& asked) {
  if (asked.buffer == 0 || asked.buffer > kLargestBuffer) {
    refuse({asked.name, asked.where},
           fmt::format(".buffer = {}: it holds 1 to {} events", asked.buffer, kLargestBuffer));
  }
}

template <class E>
InboxPtr<E> make_inbox(const Owner& owner, const Asked& asked, typename Inbox<E>::Full when_full) {
  auto inbox = std::make_shared<Inbox<E>>(asked.buffer, when_full);
  inbox->set_names(owner.app, fmt::format("`{}` [{}]", asked.name, short_place(asked.where)));
  return inbox;
}

template <class E>
constexpr auto when_full(const Asked& asked) {
  return asked.is_stream() ? Inbox<E>::Full::kDropOldest : Inbox<E>::Full::kDropNewest;
}

Heard<StateChange> listen(Owner& owner, Asked asked, Entities entities, std::string attribute,
                          StateChangeOptions options) {
  owner.bucket->loop().assert_here(fmt::format("bus.{}", asked.kind));
  const std::string named = entities.text();
  const std::string shown = attribute.empty() ? named : fmt::format("{} [{}]", named, attribute);
  if (asked.name.empty()) asked.name = fmt::format("{} {}", asked.kind, shown);
  options.name = asked.name;
  check(entities, attribute.empty() ? std::nullopt : std::optional(attribute), {}, options, owner,
        asked.where);
  check_buffer(asked);
  Policy policy = policy_of(options, owner);
  policy.mode = Mode::kParallel;  // the handler awaits nothing: no run ever finds another
  policy.timeout = kNoTimeout;
  run::Source source = asked.source(owner, trigger_of(named, attribute, options));
  const auto inbox = make_inbox<StateChange>(owner, asked, when_full<StateChange>(asked));
  auto listener = std::make_shared<StateListener>(
      owner, asked.observer, std::move(source), unique_topic(owner, asked.kind, shown),
      std::move(policy), question_of(std::move(entities), std::move(attribute), options),
      std::make_unique<InboxHandler<StateChange>>(inbox));
  return {inbox, std::move(listener)};
}

Heard<Event> listen(Owner& owner, Asked asked, std::string type, EventOptions options) {
  owner.bucket->loop().assert_here(fmt::format("bus.{}", asked.kind));
  if (asked.name.empty()) asked.name = fmt::format("{} {}", asked.kind, type);
  options.name = asked.name;
  if (type.empty() || type == "*") {
    refuse({asked.name, asked.where},
           "name one event type; for state changes use bus.next or bus.stream");
  }
  std::string trigger = "event " + type;
  if (options.where.is_set()) trigger += ", where " + options.where.summary();
  std::string topic = unique_topic(owner, asked.kind, type);
  EventQuestion question{std::move(type), {}, trigger};
  check(question, options, asked.where);
  check_buffer(asked);
  Policy policy = policy_of(options, owner);
  policy.mode = Mode::kParallel;
  policy.timeout = kNoTimeout;
  const auto inbox = make_inbox<Event>(owner, asked, when_full<Event>(asked));
  auto listener = std::make_shared<EventListener>(
      owner, asked.observer, asked.source(owner, std::move(trigger)), std::move(topic),
      std::move(policy), std::move(question), std::move(options.where),
      std::make_unique<InboxHandler<Event>>(inbox));
  return {inbox, std::move(listener)};
}

/// Nothing stands between the caller's `co_await` and this: what is dispatched later is heard.
void begin(StateListener& listener) {
  warn_of_unknown(listener);
  if (listener.question().immediate) listener.take_present(listener.entities);
}

Task<StateChange> wait_for_one(Owner* owner, Heard<StateChange> heard) {
  check_running(*owner, *heard.listener);
  const Listening<StateListener> listening(*owner, std::move(heard.listener));
  const Shown shown(owner->router->observer(), (*listening).source());
  begin(*listening);
  co_await Inbox<StateChange>::wait(heard.inbox);
  co_return *heard.inbox->take();
}

Task<Event> wait_for_one(Owner* owner, Heard<Event> heard) {
  check_running(*owner, *heard.listener);
  const std::string type = heard.listener->question().type;
  const Listening<EventListener> listening(*owner, std::move(heard.listener));
  const Shown shown(owner->router->observer(), (*listening).source());
  co_await want(owner, type);
  co_await Inbox<Event>::wait(heard.inbox);
  co_return *heard.inbox->take();
}

Task<Stream<StateChange>> open(Owner* owner, Heard<StateChange> heard) {
  check_running(*owner, *heard.listener);
  Listening<StateListener> listening(*owner, std::move(heard.listener));
  begin(*listening);
  co_return Stream<StateChange>(std::move(heard.inbox), listening.release());
}

Task<Stream<Event>> open(Owner* owner, Heard<Event> heard) {
  check_running(*owner, *heard.listener);
  const std::string type = heard.listener->question().type;
  Listening<EventListener> listening(*owner, std::move(heard.listener));
  co_await want(owner, type);
  co_return Stream<Event>(std::move(heard.inbox), listening.release());
}

Asked asked_of(std::string_view kind, std::source_location where) {
  return {.kind = kind, .name = {}, .buffer = 1, .observer = unseen(), .where = where};
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<StateChange> next(
    Owner& owner, Asked asked, Entities entities, NextOptions options) {
  const std::source_location where = asked.where;
  return wait_for_one(&owner, listen(owner, std::move(asked), std::move(entities),
                                     std::move(options.attribute),
                                     {.name = "next",
                                      .changed_from = std::move(options.changed_from),
                                      .changed_to = std::move(options.changed_to),
                                      .changed = std::move(options.changed),
                                      .where = std::move(options.where),
                                      .immediate = options.immediate,
                                      .duration = options.duration}))
      .at(where);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Event> next_event(
    Owner& owner, Asked asked, std::string type, NextEventOptions options) {
  const std::source_location where = asked.where;
  return wait_for_one(&owner, listen(owner, std::move(asked), std::move(type),
                                     {.name = "next", .where = std::move(options.where)}))
      .at(where);
}

}  // namespace
}  // namespace bus

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<StateChange> Bus::next(
    Entities entities, NextOptions options, std::source_location where) {
  return bus::next(*owner_, bus::asked_of("next", where), std::move(entities), std::move(options));
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<StateChange> Bus::wait_for(
    Entities entities, NextOptions options, Length limit, std::source_location where) {
  bus::Asked asked = bus::asked_of("wait_for", where);
  asked.limit = limit;
  return timeout(bus::next(*owner_, std::move(asked), std::move(entities), std::move(options)),
                 limit, where);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Event> Bus::next_event(
    std::string type, NextEventOptions options, std::source_location where) {
  return bus::next_event(*owner_, bus::asked_of("next_event", where), std::move(type),
                         std::move(options));
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Event> Bus::wait_for_event(
    std::string type, NextEventOptions options, Length limit, std::source_location where) {
  bus::Asked asked = bus::asked_of("wait_for_event", where);
  asked.limit = limit;
  return timeout(bus::next_event(*owner_, std::move(asked), std::move(type), std::move(options)),
                 limit, where);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Stream<StateChange>> Bus::stream(
    Entities entities, StreamOptions options, std::source_location where) {
  return bus::open(owner_, bus::listen(*owner_,
                                       {.kind = "stream",
                                        .name = std::move(options.name),
                                        .buffer = options.buffer,
                                        .observer = owner_->router->observer(),
                                        .where = where},
                                       std::move(entities), std::move(options.attribute),
                                       {.name = "stream",
                                        .changed_from = std::move(options.changed_from),
                                        .changed_to = std::move(options.changed_to),
                                        .changed = std::move(options.changed),
                                        .where = std::move(options.where),
                                        .immediate = options.immediate,
                                        .duration = options.duration,
                                        .debounce = options.debounce,
                                        .throttle = options.throttle}))
      .at(where);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Stream<Event>> Bus::stream_events(
    std::string type, StreamEventOptions options, std::source_location where) {
  return bus::open(owner_, bus::listen(*owner_,
                                       {.kind = "stream",
                                        .name = std::move(options.name),
                                        .buffer = options.buffer,
                                        .observer = owner_->router->observer(),
                                        .where = where},
                                       std::move(type),
                                       {.name = "stream", .where = std::move(options.where)}))
      .at(where);
}

}  // namespace hassette
