#include <hassette/stream.hpp>

#include "async/loop.hpp"
#include "bus/inbox.hpp"
#include "bus/listener.hpp"

namespace hassette {

namespace bus {

template <class E>
Task<std::optional<E>> receive(InboxPtr<E> inbox) {
  co_await Inbox<E>::wait(inbox);
  co_return inbox->take();
}

template <class E>
Task<> arrival(InboxPtr<E> inbox) {
  co_await Inbox<E>::wait(std::move(inbox));
}

template <class E>
std::optional<E> take(Inbox<E>& inbox) {
  return inbox.take();
}

template Task<std::optional<StateChange>> receive(InboxPtr<StateChange>);
template Task<std::optional<Event>> receive(InboxPtr<Event>);
template Task<> arrival(InboxPtr<StateChange>);
template Task<> arrival(InboxPtr<Event>);
template std::optional<StateChange> take(Inbox<StateChange>&);
template std::optional<Event> take(Inbox<Event>&);

}  // namespace bus

template <class E>
Stream<E>::Stream(bus::InboxPtr<E> inbox, std::shared_ptr<bus::Listener> listener)
    : inbox_(std::move(inbox)), listener_(std::move(listener)) {}

template <class E>
Stream<E>::Stream(Stream&&) noexcept = default;

template <class E>
Stream<E>& Stream<E>::operator=(Stream&& other) noexcept {
  if (this != &other) {
    end();
    inbox_ = std::move(other.inbox_);
    listener_ = std::move(other.listener_);
  }
  return *this;
}

template <class E>
Stream<E>::~Stream() {
  end();
}

template <class E>
void Stream<E>::close() {
  if (listener_) listener_->thread()->assert_this("Stream::close");
  end();
}

template <class E>
void Stream<E>::end() {
  if (const auto listener = std::exchange(listener_, nullptr)) {
    if (listener->active()) listener->cancel(CancelReason::kRequested);
  }
  if (inbox_) inbox_->close();
}

template <class E>
std::size_t Stream<E>::waiting() const {
  if (listener_) listener_->thread()->assert_this("Stream::waiting");
  return inbox_ ? inbox_->size() : 0;
}

template <class E>
std::uint64_t Stream<E>::dropped() const {
  if (listener_) listener_->thread()->assert_this("Stream::dropped");
  return inbox_ ? inbox_->dropped() : 0;
}

template class Stream<StateChange>;
template class Stream<Event>;

}  // namespace hassette
