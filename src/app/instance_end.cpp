// The end of an instance: all that the app does ends, and then its object.
#include "app/instance.hpp"
#include "async/loop.hpp"
#include "bus/router.hpp"
#include "schedule/timetable.hpp"

namespace hassette::app {

using std::chrono::milliseconds;

/// What everything of the app but its hooks has to end once it is cancelled, in real time.
constexpr milliseconds kCloseLimit{400};
constexpr milliseconds kEndLimit{2000};

Instance::~Instance() {
  // Destructors that apps wrote may use their facades, also where the loop has ended.
  const async::Loop::Inside here(services_.loop);
  // What was left behind first: it uses the object. It may have registered something since.
  bucket_.abandon();
  unregister(CancelReason::kOwnerStopped);
  destroy();
}

/// An app's destructor is code of the app like its hooks, and has a name while it runs.
void Instance::destroy() {
  bus_owner_.self = nullptr;
  schedule_owner_.self = nullptr;
  if (!app_) return;
  bucket_.refuse();  // by the next turn the object is gone
  const async::Loop::Naming naming(services_.loop, async::intern_label(name_, "destructor"));
  app_.reset();
}

/// Ends all that the app does, also where the caller is being cancelled.
Task<> Instance::end(CancelReason reason) {
  try {
    co_await io_shield(clean_up(reason), kEndLimit);
  } catch (const TimeoutError&) {  // clean_up has limits of its own; this one keeps a caller free
    Logger(name_).error("its end takes too long");
  }
  phase_ = Phase::kStopped;
}

void Instance::unregister(CancelReason reason) {
  services_.router.remove_all(bus_owner_, reason);
  services_.timetable.remove_all(schedule_owner_, reason);
}

/// A task that was ready when the app was asked to stop still runs to its first wait, and may have
/// registered something by then; what goes, frames and handlers, may spawn more in its destructors.
/// The object stays until there is nothing left of either.
Task<> Instance::wind_up(CancelReason reason) {
  unregister(reason);
  do {
    co_await bucket_.close(reason);
    unregister(reason);
  } while (bucket_.size() > 0);
}

Task<> Instance::clean_up(CancelReason reason) {
  try {
    co_await io_timeout(wind_up(reason), kCloseLimit);
  } catch (const TimeoutError&) {
    for (const async::Label* label : bucket_.running()) {
      Logger(name_).error("`{}` does not end although it was cancelled; it is left behind",
                          label->task);
    }
  }
  unregister(reason);
  if (bucket_.size() == 0) destroy();
}

}  // namespace hassette::app
