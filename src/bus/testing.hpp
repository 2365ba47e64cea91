#pragma once
// For tests only: an app's bus over a cache and a router, without Home Assistant.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <hassette/bus.hpp>
#include <hassette/error.hpp>
#include <hassette/states.hpp>
#include "bus/router.hpp"
#include "run/testing.hpp"

namespace hassette::bus {

/// Confirms what the router asks for when the test lets it.
class FakeSource final : public EventSource {
 public:
  Task<> want(std::string event_type) override {
    wanted.push_back(std::move(event_type));
    co_await confirms.wait();
    if (refuses) throw Error("unauthorized", "not for this user");
  }
  std::vector<std::string> wanted;
  AsyncEvent confirms;
  bool refuses = false;
};

class OnABus : public run::Observed {
 public:
  OnABus() { source.confirms.set(); }

  /// A change of state, applied to the cache and dispatched; then everything that is ready runs.
  void change(std::string_view id, std::string_view text, std::string_view attributes = "{}") {
    // On the loop, as in the engine: a handler that begins at once may use the bus.
    loop.defer([this, id = std::string(id), text = std::string(text),
                attributes = std::string(attributes)] { dispatch(id, text, attributes); });
    loop.run_ready();
  }
  void dispatch(std::string_view id, std::string_view text, std::string_view attributes = "{}") {
    router.dispatch(cache.apply({.entity_id = id,
                                 .state = text,
                                 .attributes = attributes,
                                 .context = R"("01CTX")",
                                 .last_changed = loop.wall(),
                                 .last_updated = loop.wall()},
                                loop.wall(), {}));
  }
  /// A difference found after an outage; the home says since when it has been so.
  void recover(std::string_view id, std::string_view text, TimePoint since) {
    state::Change made = cache.apply({.entity_id = id,
                                      .state = text,
                                      .attributes = "{}",
                                      .context = R"("01CTX")",
                                      .last_changed = since,
                                      .last_updated = since},
                                     loop.wall(), {});
    made.recovered = true;
    router.dispatch(made);
    loop.run_ready();
  }
  /// What is as it was, and was something else while nobody could tell.
  void come_back(std::string_view id, std::string_view text, TimePoint since,
                 std::string_view attributes = "{}") {
    state::Change made = cache.apply({.entity_id = id,
                                      .state = text,
                                      .attributes = attributes,
                                      .context = R"("01CTX")",
                                      .last_changed = since,
                                      .last_updated = since},
                                     loop.wall(), {});
    made.recovered = made.returned = true;
    made.is_news = attributes != "{}";
    router.dispatch(made);
    loop.run_ready();
  }
  void remove(std::string_view id) {
    router.dispatch(cache.remove(id, loop.wall(), R"({"id":"01GONE"})"));
    loop.run_ready();
  }
  void event(std::string type, Json data = {}) {
    router.dispatch(
        Event{.type = std::move(type), .data = std::move(data), .context = {.id = "01EV"}});
    loop.run_ready();
  }
  state::Cache cache;
  States states{cache};
  FakeSource source;
  Router router{cache, observer, source};
  async::Notes notes;
};

/// An app as authors write one: members as handlers.
class Lamp : public HandlerOwner {
 public:
  explicit Lamp(async::Notes& into) : notes(into) {}
  Task<> on_change(D::StateNew<> state) {
    notes.push_back("member " + std::string(state.text()));
    co_await sleep(1s);
    notes.push_back("member done");
  }
  void on_plain(EntityId id) { notes.push_back("plain " + id.str()); }
  Task<> on_const() const {
    notes.push_back("const");
    co_return;
  }
  async::Notes& notes;
};

class OtherApp : public HandlerOwner {
 public:
  void handler() {}
};

class TheBus : public OnABus {
 public:
  ~TheBus() override { router.remove_all(owner, CancelReason::kShutdown); }

  auto noting(std::string name = "ran") {
    return [this, name](const StateChange& change) {
      notes.push_back(name + " " + change.entity_id.str() + " " + std::string(change.new_text()));
    };
  }

  // Registrations, made on the loop as apps make them.
  // A second one of the same name is given another, unless the test says what to do with it.
  template <class Options>
  Options unique(Options options) {
    const int used = ++names_[options.name];
    if (used > 1 && options.if_exists == IfExists::kError) {
      options.name += " " + std::to_string(used);
    }
    return options;
  }
  template <class H>
  Subscription listen(Entities entities, H handler, StateChangeOptions options = {.name = "test"}) {
    return run(state_task(std::move(entities), std::move(handler), unique(std::move(options))));
  }
  template <class H>
  Subscription listen_attribute(Entities entity, std::string attribute, H handler,
                                AttributeChangeOptions options = {.name = "test"}) {
    return run(attribute_task(std::move(entity), std::move(attribute), std::move(handler),
                              unique(std::move(options))));
  }
  template <class H>
  Subscription listen_call(std::string domain, std::string service, H handler,
                           EventOptions options = {.name = "test"}) {
    return run(call_task(std::move(domain), std::move(service), std::move(handler),
                         unique(std::move(options))));
  }
  template <class H>
  Subscription listen_event(std::string type, H handler, EventOptions options = {.name = "test"}) {
    return run(event_task(std::move(type), std::move(handler), unique(std::move(options))));
  }
  template <class H>
  Task<Subscription> state_task(Entities entities, H handler, StateChangeOptions options) {
    co_return co_await bus.on_state_change(std::move(entities), std::move(handler),
                                           std::move(options));
  }
  template <class H>
  Task<Subscription> attribute_task(Entities entity, std::string attribute, H handler,
                                    AttributeChangeOptions options) {
    co_return co_await bus.on_attribute_change(std::move(entity), std::move(attribute),
                                               std::move(handler), std::move(options));
  }
  template <class H>
  Task<Subscription> call_task(std::string domain, std::string service, H handler,
                               EventOptions options) {
    co_return co_await bus.on_call_service(std::move(domain), std::move(service),
                                           std::move(handler), std::move(options));
  }
  template <class H>
  Task<Subscription> event_task(std::string type, H handler, EventOptions options) {
    co_return co_await bus.on(std::move(type), std::move(handler), std::move(options));
  }
  Task<> emit(std::string type, Json data) {
    bus.emit(std::move(type), std::move(data));
    co_return;
  }

  auto noting_event() {
    return [this](const Event& event) { notes.push_back("event " + event.type); };
  }

  /// What a registration is refused with.
  std::string refusal(Task<Subscription> registration) {
    try {
      run(std::move(registration));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "registration");
      EXPECT_TRUE(observer.sources.empty());
      return error.what();
    }
    return "not refused";
  }

  std::map<std::string, int> names_;
  Lamp lamp{notes};
  Owner owner{.app = "lamp", .self = &lamp, .bucket = &bucket, .router = &router};
  Bus bus{owner};
};

}  // namespace hassette::bus
