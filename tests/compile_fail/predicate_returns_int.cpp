#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change,
                                 {
                                     .name = "hall",
                                     .where = [this](const StateChange&) { return changes_; }  // MISTAKE: a predicate returns bool: write the comparison that you mean
                                                                                               // FIXED:     .where = [this](const StateChange&) { return changes_ > 0; }
                                 });
  }
  void on_change() {}

  int changes_ = 0;
};
HASSETTE_APP(Lamp)
