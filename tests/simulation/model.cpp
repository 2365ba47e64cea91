#include "model.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "model_jobs.hpp"

namespace hassette::simulation {

namespace {

class Model {
 public:
  explicit Model(const Tape& tape) : tape_(tape), home_(first_table(home_clock())) {
    world_.known = home_;
  }

  Modelled play() {
    for (const Op& op : tape_.ops) {
      if (op.at > agenda_.now()) agenda_.run_until(op.at);
      happen(op);
      if (!op.has("together")) agenda_.settle();
    }
    agenda_.run_until((tape_.ops.empty() ? 0 : tape_.ops.back().at) + kAfterwards);
    sum_up();
    shut_down();
    agenda_.run_until(agenda_.now() + kEnding);
    return {.trace = std::move(trace_), .coverage = coverage_};
  }

 private:
  Micros wall() const { return tape_.wall + stepped_ + agenda_.now(); }
  Micros home_clock() const { return wall() + tape_.lead; }

  void happen(const Op& op) {
    if (op.verb == "listen") {
      listen(labelled(listen_spec(op)));
    } else if (op.verb == "job") {
      schedule(labelled(job_spec(op)));
    } else if (op.verb == "errors") {
      errors_.serve_all(op.subject, on_error_spec(op));
    } else if (op.verb == "cancel") {
      cancel(op.subject, nullptr);
    } else if (op.verb == "now") {
      if (const auto job = jobs_.find(op.subject); job != jobs_.end()) job->second->run_now();
    } else if (op.verb == "state" || op.verb == "remove") {
      change(op);
    } else if (op.verb == "event" || op.verb == "emit") {
      const bool reaches = op.verb == "emit" || connected_;
      if (!reaches) return coverage_.count("event was lost while away");
      tell({.event = op.subject, .value = op.text("value")}, op.verb == "event");
    } else if (op.verb == "away" && connected_) {
      connected_ = false;
      ++world_.outages;
      coverage_.count("home was away");
      tell({.event = "hassette.disconnected"});
    } else if (op.verb == "back" && !connected_) {
      connect();
    } else if (op.verb == "step") {
      step(op.number("by"));
    }
  }

  template <class Spec>
  Spec labelled(Spec spec) {
    spec.runs.label = label_of(spec.runs.name, ++registered_[spec.runs.name]);
    return spec;
  }

  /// Whether it may be registered where this one has the name; one that has ended has given it up.
  template <class Registration>
  bool takes_the_place(const RunSpec& spec, const std::shared_ptr<Registration>& old) {
    if (!old || !old->active()) return true;
    switch (spec.taken) {
      case Taken::kSkip:
        coverage_.count(spec.kind + ": kept by if_exists skip");
        return false;
      case Taken::kRefuse:
        coverage_.count(spec.kind + ": refused by if_exists error");
        trace_.add(agenda_.now(), spec.label, "is refused");
        return false;
      case Taken::kReplace:
        break;
    }
    coverage_.count(spec.kind + ": replaced");
    old->cancel(nullptr);
    return true;
  }

  void listen(const ListenSpec& spec) {
    auto& place = topics_[spec.topic() + " " + spec.runs.name];
    if (takes_the_place(spec.runs, place)) {
      place = std::make_shared<ModelListener>(world_, spec);
      listeners_.push_back(place);
      if (spec.immediate) place->look_at_present();
    } else if (spec.runs.taken == Taken::kRefuse) {
      return;
    }
    names_[spec.runs.name] = place;
  }

  void schedule(const JobSpec& spec) {
    if (!takes_the_place(spec.runs, jobs_[spec.runs.name])) return;
    auto made = std::make_shared<ModelJob>(world_, spec, [this] { return wall(); });
    all_jobs_.push_back(made);
    jobs_[spec.runs.name] = made;
    made->begin();
  }

  void cancel(const std::string& name, const ModelRuns::Run* caller) {
    if (const auto found = names_.find(name); found != names_.end()) {
      cancel("listener", *found->second, caller && caller->of == name, caller);
    }
    if (const auto found = jobs_.find(name); found != jobs_.end()) {
      cancel("job", *found->second, caller && caller->of == name, caller);
    }
  }

  template <class Registration>
  void cancel(const std::string& kind, Registration& what, bool itself,
              const ModelRuns::Run* caller) {
    if (what.active()) {
      coverage_.count(kind + (itself   ? ": cancelled by its own handler"
                              : caller ? ": cancelled by another handler"
                                       : ": cancelled from outside"));
    }
    what.cancel(caller);
  }

  /// To all that are there when it begins, the higher priority first, then the older.
  void tell(const Happening& what, bool in_order = true) {
    std::multimap<int, std::shared_ptr<ModelListener>> told;
    for (const auto& listener : listeners_) told.emplace(-listener->spec().priority, listener);
    world_.telling = in_order;
    for (const auto& [priority, listener] : told) {
      const bool hears = what.event.empty()
                             ? listener->spec().event.empty() && listener->spec().hears(what.entity)
                             : listener->spec().event == what.event;
      if (listener->active() && hears) listener->take(what);
    }
    world_.telling = false;
  }

  void change(const Op& op) {
    if (!apply_to_home(home_, op, home_clock()) || !connected_) return;
    learn(op.subject);
  }

  /// The engine hears what has become of an entity.
  void learn(const std::string& id) {
    Happening what{.entity = id, .was = {}, .is = {}};
    if (const auto was = world_.known.find(id); was != world_.known.end()) what.was = was->second;
    if (const auto is = home_.find(id); is != home_.end()) what.is = is->second;
    if (what.is) {
      world_.known[id] = *what.is;
    } else {
      world_.known.erase(id);
    }
    tell(what);
  }

  void connect() {
    connected_ = true;
    // The whole snapshot is known before the first difference is told.
    const Table before = world_.known;
    std::vector<Happening> differences;
    for (const auto& [id, is] : home_) {
      const auto was = before.find(id);
      const bool known = was != before.end();
      const bool same = known && was->second.same_value(is);
      // Home Assistant ran through: what it says of the last change is true.
      const bool returned =
          known && was->second.text == is.text && was->second.last_changed != is.last_changed;
      if (same && !returned) continue;
      coverage_.count(same ? "state had come back meanwhile" : "home had changed meanwhile");
      differences.push_back({.entity = id,
                             .was = {},
                             .is = is,
                             .recovered = true,
                             .returned = returned,
                             .is_news = !same});
      if (known) differences.back().was = was->second;
      world_.known[id] = is;
    }
    for (const Happening& what : differences) tell(what);
    tell({.event = "hassette.connected"});
    agenda_.settle();
    // What is absent leaves together, before the first of it is told.
    std::vector<Happening> removals;
    for (const auto& [id, was] : before) {
      if (home_.contains(id)) continue;
      coverage_.count("home lacked an entity");
      removals.push_back({.entity = id, .was = was, .is = {}, .recovered = true});
      world_.known.erase(id);
    }
    for (const Happening& what : removals) tell(what, false);
  }

  void step(Micros by) {
    const bool was_set = wall() >= kYear2000;
    stepped_ += by;
    const bool first = !was_set && wall() >= kYear2000;
    auto jobs = all_jobs_;
    if (by > 0 && !first) {  // what was due earlier, or set earlier, still comes first
      std::ranges::sort(jobs, {}, [](const auto& job) { return job->turn(); });
    }
    for (const auto& job : jobs) job->review(by, first);
  }

  void sum_up() {
    for (const auto& [name, listener] : names_) {
      if (listener->active()) trace_.add(agenda_.now(), name, "is registered");
    }
    for (const auto& [name, job] : jobs_) trace_.add(agenda_.now(), name, job->status());
  }

  void shut_down() {
    errors_.close();
    for (const auto& listener : listeners_) listener->cancel(nullptr);
    for (const auto& job : all_jobs_) job->cancel(nullptr);
    agenda_.settle();
  }

  static constexpr Micros kYear2000 = 946'684'800 * kSecond;

  const Tape& tape_;
  Micros stepped_ = 0;
  Agenda agenda_;
  Trace trace_;
  Coverage coverage_;
  ModelErrors errors_{agenda_, trace_, coverage_};
  Table home_;
  bool connected_ = true;
  ModelWorld world_{
      {agenda_, trace_, coverage_, errors_,
       [this](const std::string& name, const ModelRuns::Run* caller) { cancel(name, caller); }},
      {},
      [this] { return home_clock(); }};
  std::map<std::string, int> registered_;
  std::vector<std::shared_ptr<ModelListener>> listeners_;
  std::map<std::string, std::shared_ptr<ModelListener>>
      topics_;                                                   // by what is listened to, and name
  std::map<std::string, std::shared_ptr<ModelListener>> names_;  // the newest of each name
  std::vector<std::shared_ptr<ModelJob>> all_jobs_;
  std::map<std::string, std::shared_ptr<ModelJob>> jobs_;
};

}  // namespace

Modelled play_model(const Tape& tape) {
  return Model(tape).play();
}

}  // namespace hassette::simulation
