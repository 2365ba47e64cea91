#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change,
                                 {
                                     .name = "hall",
                                     .where = [this](const StateChange&) -> Task<bool> { co_return on_; }  // MISTAKE: a predicate cannot await: it returns bool, not a Task
                                                                                                           // FIXED:     .where = [this](const StateChange&) { return on_; }
                                 });
  }
  void on_change() {}

  bool on_ = true;
};
HASSETTE_APP(Lamp)
