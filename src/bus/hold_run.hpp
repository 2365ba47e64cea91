#pragma once
// HoldRun: one run of a durable hold's handler, from the time that came to how it ended.
//
// Belongs to the listener's runner, and keeps the listener and the hold's page in the ledger, in
// which it writes down that it began and that it ended, also when it never begins. Loop thread
// only.
#include <memory>
#include <string>

#include "bus/state_listener.hpp"
#include "run/durable.hpp"
#include "run/runner.hpp"

namespace hassette::bus {

class HoldRun final : public run::Run {
 public:
  HoldRun(std::shared_ptr<StateListener> listener, std::shared_ptr<const StateChange> change,
          std::shared_ptr<run::Durable> page, TimePoint occurrence)
      : listener_(std::move(listener)),
        change_(std::move(change)),
        page_(std::move(page)),
        occurrence_(occurrence) {}
  ~HoldRun() override;
  [[clang::coro_wrapper]] Task<> start() override { return execute(this); }
  std::string cause() const override { return describe(*change_); }
  void failed(const run::Failure& failure) override { listener_->failed(failure, change_); }

 private:
  static Task<> execute(HoldRun* self);

  std::shared_ptr<StateListener> listener_;
  std::shared_ptr<const StateChange> change_;
  std::shared_ptr<run::Durable> page_;
  TimePoint occurrence_;
  bool began_ = false;
};

}  // namespace hassette::bus
