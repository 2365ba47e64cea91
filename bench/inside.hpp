#pragma once
// Inside: the engine between the reader of frames and the handlers, in virtual time.
//
// A home of 12,000 entities whose states come from `change`; listeners are made on the same way as
// an app's. Single-threaded; what fails ends the program.
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include <hassette/async.hpp>
#include "app/reporter.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "bus/owner.hpp"
#include "bus/router.hpp"
#include "sample_home.hpp"

namespace bench {

using namespace hassette;

inline constexpr std::size_t kEntities = 12'000;
inline constexpr std::size_t kChanging =
    1'000;  // the first ones; listeners ask for those behind them

class NoSource final : public bus::EventSource {
 public:
  Task<> want(std::string) override { co_return; }
};

[[noreturn]] inline void give_up(const async::Label&, const std::exception_ptr& error) {
  std::fprintf(stderr, "%s\n", async::describe(error).c_str());
  std::exit(1);
}

/// The part of the engine between the reader of frames and the handlers.
class Inside {
 public:
  Inside()
      : clock_(TimePoint(std::chrono::hours(24))),
        loop_(clock_, reactor_),
        board_(clock_, "bench"),
        reporter_(loop_, board_, "http://127.0.0.1"),
        router_(cache_, reporter_, source_),
        tasks_(loop_, give_up),
        owner_{.app = "bench", .bucket = &tasks_, .router = &router_},
        bus_(owner_) {
    for (std::size_t entity = 0; entity < kEntities; ++entity) {
      ids_.push_back(SampleHome::entity_id(entity));
      change(entity, 0);
    }
  }

  /// One change, on the way that Engine takes it. Where the attributes are not alike, the
  /// device_class changes with the state.
  void change(std::size_t entity, unsigned state, bool alike = true) {
    const model::WireState wire{.entity_id = ids_[entity],
                                .state = state == 0 ? "off" : "on",
                                .attributes = alike || state == 0 ? kAttributes : kOtherAttributes,
                                .context = kContext,
                                .last_changed = clock_.wall(),
                                .last_updated = clock_.wall()};
    const state::Change made = cache_.apply(wire, clock_.wall(), kContext);
    reporter_.on_change(made);
    router_.dispatch(made);
    reporter_.settle(cache_.size());
  }

  void listen(std::size_t listeners) {
    std::mt19937 random(7);
    std::uniform_int_distribution<std::size_t> any(kChanging, kEntities - 1);
    for (std::size_t i = 0; i < listeners; ++i) {
      // A glob that fits a hundred entities or so, all of them behind those that change.
      std::string asked =
          i % 10 == 0 ? fmt::format("*.sample_{}??", 10 + any(random) % 80) : ids_[any(random)];
      add(std::move(asked), [](const StateChange&) {});
    }
  }

  template <class H>
  void add(std::string entity, H handler, StateChangeOptions options = {.name = ""}) {
    options.name = next_name();
    tasks_.spawn(async::intern_label("bench", "listen"),
                 [](Inside* self, std::string asked, H its_handler,
                    StateChangeOptions its_options) -> Task<> {
                   co_await self->bus_.on_state_change(std::move(asked), std::move(its_handler),
                                                       std::move(its_options));
                 }(this, std::move(entity), std::move(handler), std::move(options)));
    run();
  }

  template <class H>
  void add_for_attribute(std::string entity, std::string attribute, H handler) {
    tasks_.spawn(
        async::intern_label("bench", "listen"),
        [](Inside* self, std::string asked, std::string its_attribute, H its_handler) -> Task<> {
          co_await self->bus_.on_attribute_change(std::move(asked), std::move(its_attribute),
                                                  std::move(its_handler),
                                                  {.name = self->next_name()});
        }(this, std::move(entity), std::move(attribute), std::move(handler)));
    run();
  }

  void run() { loop_.run_ready(); }
  const std::string& id(std::size_t entity) const { return ids_[entity]; }
  std::size_t listeners() const { return listeners_; }

 private:
  std::string next_name() { return fmt::format("listener {}", ++listeners_); }

  static constexpr std::string_view kAttributes =
      R"({"state_class":"measurement","unit_of_measurement":"W","device_class":"power",)"
      R"("friendly_name":"Power of the washing machine"})";
  // The same with another value in one attribute.
  static constexpr std::string_view kOtherAttributes =
      R"({"state_class":"measurement","unit_of_measurement":"W","device_class":"energy",)"
      R"("friendly_name":"Power of the washing machine"})";
  static constexpr std::string_view kContext =
      R"({"id":"01M82W5X8WB9RDCVH6MXBNA089","parent_id":null,"user_id":null})";

  async::VirtualClock clock_;
  async::ParkReactor reactor_;
  async::Loop loop_;
  telemetry::Board board_;
  app::Reporter reporter_;
  state::Cache cache_;
  NoSource source_;
  bus::Router router_;
  async::Bucket tasks_;
  bus::Owner owner_;
  Bus bus_;
  std::vector<std::string> ids_;
  std::size_t listeners_ = 0;
};

}  // namespace bench
