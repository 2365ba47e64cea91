#pragma once
// An observer for what is no registration of the author's: waits, and the listeners that stand
// behind a sequence. Loop thread.
#include "run/observer.hpp"

namespace hassette::bus {

inline run::Observer& unseen() {
  class Unseen final : public run::Observer {
    std::uint64_t registered(const run::Source& /*source*/) override { return 0; }
    void removed(std::uint64_t /*number*/) override {}
    void started(std::uint64_t /*number*/) override {}
    void ended(std::uint64_t /*number*/, const run::Ended& /*how*/) override {}
    void held_back(std::uint64_t /*number*/, bool /*dropped*/) override {}
  };
  static Unseen observer;
  return observer;
}

}  // namespace hassette::bus
