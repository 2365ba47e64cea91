#include "bus/inbox.hpp"

#include <hassette/logger.hpp>

namespace hassette::bus {

template <class E>
void Inbox<E>::put(const E& event) {
  if (closed_) return;
  if (events_.size() == capacity_) {
    if (when_full_ == Full::kDropNewest) return;
    events_.pop_front();
    note_drop();
  }
  events_.push_back(event);
  arrived_.set();
}

template <class E>
void Inbox<E>::note_drop() {
  ++dropped_;
  if (++dropped_in_burst_ > 1) return;
  Logger(app_).warning(
      "{}: {} events wait to be read, and there is room for no more: the oldest "
      "are dropped. Read faster, ask for fewer, or give it a larger .buffer",
      stream_, capacity_);
}

template <class E>
std::optional<E> Inbox<E>::take() {
  if (events_.empty()) return std::nullopt;
  std::optional<E> event(std::move(events_.front()));
  events_.pop_front();
  if (events_.empty() && dropped_in_burst_ > 0) {
    Logger(app_).warning("{}: read to its end again; {} events were dropped", stream_,
                         std::exchange(dropped_in_burst_, 0));
  }
  return event;
}

template <class E>
Task<> Inbox<E>::wait(InboxPtr<E> self) {
  while (self->is_idle()) {
    self->arrived_.clear();
    co_await self->arrived_.wait();
  }
}

template <class E>
void Inbox<E>::close() {
  closed_ = true;
  arrived_.set();
}

template class Inbox<StateChange>;
template class Inbox<Event>;

}  // namespace hassette::bus
