#pragma once
// Operation: one asynchronous operation of Asio as a leaf that a fiber awaits. Internal to this
// layer.
//
// `co_await Operation<T>(context, deadline, on_cancel, start)` gives a Result<T>: the error code,
// and what the operation gave. `start(callback, slot)` begins it with a completion handler that
// calls `callback(error, value)`; what the operation itself refers to (streams, buffers) must be
// owned by that handler, because the awaiting frame may be destroyed before it is called. The
// deadline, real time, and a cancelled fiber both cancel the operation through `slot`, and then
// wait for its handler, so that nobody uses the stream in between. Abandoned operations are for
// what cannot be cancelled and shares nothing, such as a name look-up. Loop thread only.
#include <chrono>
#include <memory>
#include <utility>
#include <variant>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "async/fiber.hpp"

namespace hassette::net {

namespace asio = boost::asio;
using boost::system::error_code;

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

inline Deadline deadline_in(std::chrono::nanoseconds limit) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit);
}

using Nothing = std::monostate;

template <class T>
struct Result {
  error_code error;
  T value{};
};

enum class OnCancel : std::uint8_t { kWait, kAbandon };

template <class T, class Start>
class Operation final : public async::Leaf {
 public:
  Operation(asio::io_context& context, Deadline deadline, OnCancel on_cancel, Start start)
      : pending_(std::make_shared<Pending>(context, *this)),
        deadline_(deadline),
        on_cancel_(on_cancel),
        start_(std::move(start)) {}

  ~Operation() override {
    pending_->leaf = nullptr;
    pending_->give_up();
  }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    pending_->started = true;
    start_(Callback{pending_}, pending_->signal.slot());
    if (deadline_ != kNoDeadline) arm();
    return true;
  }

  Result<T> await_resume() {
    rethrow_if_cancelled();
    if (timed_out_) return {asio::error::timed_out, {}};
    return std::move(pending_->result);
  }

 private:
  /// Outlives the frame while the operation runs: its handler holds it.
  struct Pending {
    Pending(asio::io_context& context, Operation& operation) : timer(context), leaf(&operation) {}

    void finish(error_code error, T value) {
      if (std::exchange(done, true)) return;
      timer.cancel();
      result = {error, std::move(value)};
      if (leaf) leaf->wake();
    }
    void give_up() {
      if (started && !done) signal.emit(asio::cancellation_type::all);
    }

    asio::cancellation_signal signal;
    asio::steady_timer timer;
    Operation* leaf;
    Result<T> result;
    bool started = false;
    bool done = false;
  };

  struct Callback {
    std::shared_ptr<Pending> pending;
    template <class... Values>
    void operator()(error_code error, Values&&... values) const {
      if constexpr (std::is_same_v<T, Nothing>) {
        pending->finish(error, {});
      } else {
        pending->finish(error, T(std::forward<Values>(values)...));
      }
    }
  };

  void arm() {
    pending_->timer.expires_at(deadline_);
    pending_->timer.async_wait([pending = pending_](error_code error) {
      if (error || pending->done || !pending->leaf) return;
      pending->leaf->timed_out_ = true;
      pending->leaf->end();
    });
  }

  void end() {
    if (on_cancel_ == OnCancel::kAbandon) {
      pending_->finish(asio::error::operation_aborted, {});
    } else {
      pending_->give_up();
    }
  }

  void on_cancel() noexcept override {
    try {
      end();
    } catch (...) {  // could not be cancelled: it then ends by itself, and the fiber waits for that
    }
  }

  std::shared_ptr<Pending> pending_;
  Deadline deadline_;
  OnCancel on_cancel_;
  Start start_;
  bool timed_out_ = false;
};

/// Names the result type and deduces the rest.
template <class T, class Start>
Operation<T, Start> operation(asio::io_context& context, Deadline deadline, OnCancel on_cancel,
                              Start start) {
  return Operation<T, Start>(context, deadline, on_cancel, std::move(start));
}

}  // namespace hassette::net
