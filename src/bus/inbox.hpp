#pragma once
// Inbox: what a stream or a wait has heard and its reader has not taken yet; and a handler that
// puts events there.
//
// Shared by the listener's handler and the reader, so that either may go first. Bounded: a stream
// drops its oldest event, a wait keeps its first. Loop thread only.
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <hassette/handler.hpp>
#include <hassette/stream.hpp>

namespace hassette::bus {

template <class E>
class Inbox {
 public:
  enum class Full : std::uint8_t { kDropOldest, kDropNewest };

  Inbox(std::size_t capacity, Full when_full) : capacity_(capacity), when_full_(when_full) {}

  /// For the line that says that events are dropped: the app, and the stream with its place.
  void set_names(std::string app, std::string stream) {
    app_ = std::move(app);
    stream_ = std::move(stream);
  }

  void put(const E& event);
  std::optional<E> take();
  /// Returns at once if there is something, or if nothing will come any more.
  static Task<> wait(InboxPtr<E> self);
  void close();
  bool is_idle() const { return events_.empty() && !closed_; }
  std::size_t size() const { return events_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void note_drop();

  std::size_t capacity_;
  Full when_full_;
  std::string app_;
  std::string stream_;
  std::deque<E> events_;
  AsyncEvent arrived_;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_in_burst_ = 0;  // since the reader had last caught up
  bool closed_ = false;
};

/// The handler of a registration whose events somebody waits for.
template <class E>
class InboxHandler final : public Handler<E> {
 public:
  explicit InboxHandler(InboxPtr<E> inbox) : inbox_(std::move(inbox)) {}
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> run(const E& event) override {
    inbox_->put(event);
    return nothing();
  }
  std::string_view domain() const override { return {}; }
  bool same(const Handler<E>& /*other*/) const override { return false; }

 private:
  static Task<> nothing() { co_return; }
  InboxPtr<E> inbox_;
};

}  // namespace hassette::bus
