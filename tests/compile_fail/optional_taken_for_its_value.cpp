#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  int level_ = 0;
  Task<> on_initialize() override {
    level_ = states.get<states::Light>("light.hall")->brightness();  // MISTAKE: assigning to 'int' from incompatible type 'std::optional<int>'
    // FIXED:     level_ = states.get<states::Light>("light.hall")->brightness().value_or(0);
    co_return;
  }
};
HASSETTE_APP(Lamp)
