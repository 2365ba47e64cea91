#include "net/websocket_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace hassette::net {

namespace {
constexpr std::chrono::milliseconds kCloseLimit{1000};
/// With more than this unsent, pings go unanswered: the peer does not take what it asks for.
constexpr std::size_t kUnsentForPongs = 1u << 20;
}  // namespace

/// Waits until the bytes up to a position were handed to the socket, or never will be.
class WebSocketState::Flushed final : public async::Leaf {
 public:
  Flushed(WebSocketState& state, std::uint64_t position) : state_(state), position_(position) {}
  ~Flushed() override { leave(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    state_.writers_.push_back(this);
    linked_ = true;
    return true;
  }
  void await_resume() const { rethrow_if_cancelled(); }
  std::uint64_t position() const { return position_; }
  /// Called by the state, which takes it off its list.
  void release() noexcept {
    linked_ = false;
    wake();
  }

 private:
  void on_cancel() noexcept override {
    leave();
    wake();
  }
  void leave() noexcept {
    if (std::exchange(linked_, false)) std::ranges::replace(state_.writers_, this, nullptr);
  }

  WebSocketState& state_;
  std::uint64_t position_;
  bool linked_ = false;
};

/// Marks the state as being read for as long as it lives.
class WebSocketState::Reading {
 public:
  explicit Reading(WebSocketState& state) : state_(state) {
    HASSETTE_ASSERT(!state.reading_, "only one task may read a WebSocket at a time");
    state.reading_ = true;
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { state_.reading_ = false; }

 private:
  WebSocketState& state_;
};

WebSocketState::WebSocketState(std::shared_ptr<Transport> transport, Role role,
                               std::size_t max_message, std::size_t max_unsent)
    : transport_(std::move(transport)),
      reader_(role, max_message),
      role_(role),
      max_unsent_(max_unsent),
      drop_timer_(transport_->context()) {}

std::shared_ptr<WebSocketState> WebSocketState::open(std::shared_ptr<Transport> transport,
                                                     Role role, std::size_t max_message,
                                                     std::size_t max_unsent) {
  auto state =
      std::make_shared<WebSocketState>(std::move(transport), role, max_message, max_unsent);
  state->transport_->on_thaw([weak = state->weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  });
  return state;
}

// --- Reading

Task<std::string_view> WebSocketState::read(std::shared_ptr<WebSocketState> self) {
  const Reading reading(*self);
  for (;;) {
    if (const auto text = self->try_read()) co_return *text;
    if (self->failure_) throw NetError(*self->failure_);
    co_await refill(self);
  }
}

std::optional<std::string_view> WebSocketState::try_read() {
  while (!failure_ && !transport_->frozen()) {
    const Incoming in = reader_.next(transport_->input());
    switch (in.kind) {
      case Incoming::Kind::kText:
        return in.payload;
      case Incoming::Kind::kNeedMore:
        return std::nullopt;
      case Incoming::Kind::kPong:
        break;
      case Incoming::Kind::kPing:
        if (!close_sent_ && unsent() < kUnsentForPongs) enqueue(Opcode::kPong, in.payload);
        break;
      case Incoming::Kind::kClose:
        on_close_frame(in);
        break;
      case Incoming::Kind::kBad:
      case Incoming::Kind::kTooLarge:
        send_close(in.code, in.payload);
        fail({in.kind == Incoming::Kind::kBad ? NetFault::kProtocol : NetFault::kTooLarge,
              std::string(in.payload), transport_->where()},
             true);
        break;
    }
  }
  return std::nullopt;
}

Task<> WebSocketState::refill(std::shared_ptr<WebSocketState> self) {
  try {
    if (co_await Transport::fill(self->transport_, kNoDeadline)) co_return;
    self->fail({NetFault::kClosed, "the peer ended the connection without a closing message",
                self->transport_->where()},
               false);
  } catch (const NetError& error) {
    self->fail(error, false);
  }
}

void WebSocketState::on_close_frame(const Incoming& frame) {
  const bool ours_first = close_sent_;
  std::string message =
      frame.code == kNoCode
          ? std::string("the peer closed the connection")
          : fmt::format("the peer closed the connection (code {}{}{})", frame.code,
                        frame.payload.empty() ? "" : ": ", frame.payload);
  if (!ours_first) send_close(frame.code == kNoCode ? std::uint16_t{kNormal} : frame.code, {});
  fail({NetFault::kClosed, std::move(message), transport_->where()}, !ours_first);
}

// --- Writing

Task<> WebSocketState::write(std::shared_ptr<WebSocketState> self, std::string text) {
  if (self->failure_) throw NetError(*self->failure_);
  if (self->close_sent_) {
    throw NetError(NetFault::kClosed, "this side is closing the connection",
                   self->transport_->where());
  }
  if (const std::size_t waits = self->unsent();
      waits > 0 && waits + text.size() > self->max_unsent_) {
    self->fail(
        {NetFault::kClosed,
         fmt::format("the peer takes too little: {} bytes wait to be sent, and {} more would "
                     "be too many; the connection was dropped",
                     waits, text.size()),
         self->transport_->where()},
        false);
    throw NetError(*self->failure_);
  }
  self->enqueue(Opcode::kText, text);
  std::string().swap(text);  // the frame is a copy; a large text need not wait with it
  const std::uint64_t position = self->queued_;
  co_await Flushed(*self, position);
  if (self->sent_ < position) throw NetError(*self->failure_);
}

void WebSocketState::enqueue(Opcode opcode, std::string_view payload) {
  const std::size_t before = pending_.size();
  append_frame(pending_, opcode, payload,
               role_ == Role::kClient ? std::optional<Mask>(masks_.next()) : std::nullopt);
  queued_ += pending_.size() - before;
  pump();
}

void WebSocketState::pump() {
  if (writing_ || pending_.empty() || transport_->frozen()) return;
  writing_ = true;
  inflight_.swap(pending_);
  transport_->start_write(
      inflight_, [self = shared_from_this()](error_code error) { self->on_written(error); });
}

void WebSocketState::on_written(error_code error) {
  writing_ = false;
  if (error) {
    fail(net_error(error, "send", transport_->where()), false);
    return;
  }
  sent_ += inflight_.size();
  inflight_.clear();
  if (inflight_.capacity() > InputBuffer::kLarge) std::string().swap(inflight_);
  while (!writers_.empty() && (!writers_.front() || writers_.front()->position() <= sent_)) {
    if (writers_.front()) writers_.front()->release();
    writers_.pop_front();
  }
  if (!pending_.empty()) {
    pump();
  } else if (ending_) {
    transport_->linger(kCloseLimit);
  }
}

// --- Ending

void WebSocketState::send_close(std::uint16_t code, std::string_view reason) {
  if (std::exchange(close_sent_, true)) return;
  enqueue(Opcode::kClose, close_payload(code, reason));
}

Task<> WebSocketState::close(std::shared_ptr<WebSocketState> self, std::uint16_t code,
                             std::string reason) {
  struct Drop {
    WebSocketState& state;
    ~Drop() { state.leave(); }
  };
  const Drop drop{*self};
  if (!self->failure_) {
    self->send_close(code, reason);
    self->drop_in(kCloseLimit);
    if (self->reading_) {
      co_await self->ended_.wait();  // the reader meets the peer's answer
    } else {
      co_await discard_until_end(self);
    }
  }
  // A peer that closed first still gets our answer.
  while (self->writing_ && self->transport_->open()) {
    self->drop_in(kCloseLimit);
    co_await Flushed(*self, self->queued_);
  }
}

Task<> WebSocketState::discard_until_end(std::shared_ptr<WebSocketState> self) {
  const Reading reading(*self);
  while (!self->failure_) {
    if (!self->try_read() && !self->failure_) co_await refill(self);
  }
}

void WebSocketState::drop_in(std::chrono::milliseconds limit) {
  drop_timer_.expires_after(limit);
  drop_timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (!error && self) self->abort();
  });
}

void WebSocketState::abort() noexcept {
  try {
    fail({NetFault::kClosed, "the connection was dropped on this side", transport_->where()},
         false);
  } catch (...) {  // no memory to say so: what is pending still fails, with less to read
    transport_->close();
  }
}

void WebSocketState::leave() noexcept {
  if (!ending_) abort();
}

void WebSocketState::fail(NetError failure, bool send_rest) {
  if (!failure_) failure_.emplace(std::move(failure));
  ended_.set();
  if (send_rest) {
    ending_ = true;
    drop_in(kCloseLimit);
    if (!writing_ && pending_.empty()) transport_->linger(kCloseLimit);
    return;
  }
  drop_timer_.cancel();
  transport_->close();
  release_writers();
}

void WebSocketState::release_writers() noexcept {
  for (Flushed* const writer : writers_) {
    if (writer) writer->release();
  }
  writers_.clear();
}

}  // namespace hassette::net
