#pragma once
// The model of listeners, written from docs/reference/bus.md: "Exact semantics", table by table.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "home.hpp"
#include "model_runs.hpp"

namespace hassette::simulation {

/// A change of an entity, or an event.
struct Happening {
  std::string entity;  // empty: an event
  std::optional<Known> was;
  std::optional<Known> is;
  bool recovered = false;
  bool immediate = false;
  bool returned = false;  // the text is the same, but it was another meanwhile
  bool is_news = true;    // false: nothing else has changed either
  std::string event;
  std::string value;  // of the event

  std::string cause() const;
  std::string shown() const;
};

struct ModelWorld : ModelRuns::World {
  /// What the engine knows of the home, and Home Assistant's clock.
  Table known;
  std::function<Micros()> home_clock;
  int outages = 0;

  bool is_night() const;
};

class ModelListener : public std::enable_shared_from_this<ModelListener> {
 public:
  ModelListener(ModelWorld& world, ListenSpec spec);

  void take(const Happening& what);
  /// Looks at what is there, in a later turn; before a change that comes earlier than that.
  void look_at_present();
  void cancel(const ModelRuns::Run* caller);
  bool active() const { return active_; }
  const ListenSpec& spec() const { return spec_; }

 private:
  struct Hold {
    Happening began;
    std::uint64_t due;
    int outages;  // that there had been
  };
  struct Lane {  // what debounce and throttle hold back of one entity
    std::optional<Happening> newest;
    std::uint64_t due = 0;
    Micros closed_until = 0;
  };
  void see(const Happening& what);
  void see_present();
  std::optional<std::string> value(const std::optional<Known>& state) const;
  bool meets(const std::string& condition, const std::optional<Known>& state) const;
  bool changed(const Happening& what) const;
  bool where(const Happening& what);
  bool asks(const Happening& what);
  void hold(const Happening& what);
  bool hold_lasts(const Happening& what) const;
  void hold_anew(const Happening& what);
  void begin_hold(const Happening& what, Micros gone);
  void hold_is_over(const std::string& entity);
  void accept(const Happening& what);
  void debounce(const Happening& what);
  void throttle(const Happening& what);
  void throttle_is_over(const std::string& entity);
  void begin(const Happening& what);
  void end();
  void count(const std::string& what) { world_.coverage.count(what); }
  void count_run(const Happening& what);

  ModelWorld& world_;
  ListenSpec spec_;
  ModelRuns runs_;
  bool active_ = true;
  std::vector<Happening> present_;  // to be looked at
  std::map<std::string, Hold> holds_;
  std::map<std::string, Lane> lanes_;
};

}  // namespace hassette::simulation
