#include "net/asio_reactor.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <hassette/error.hpp>

#include "async/loop.hpp"

namespace hassette::net {

namespace asio = boost::asio;

struct AsioReactor::Impl {
  asio::io_context context{1};  // one thread runs it; others only post to it
  // Without outstanding work a context stops, and waiting on it would spin.
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  std::atomic<bool> woken = false;  // a wake-up is queued and has not run yet

  void restart_if_stopped() {
    if (context.stopped()) context.restart();
  }
};

AsioReactor::AsioReactor() : impl_(std::make_unique<Impl>()) {}
AsioReactor::~AsioReactor() = default;

void AsioReactor::poll() {
  impl_->restart_if_stopped();
  impl_->context.poll();
}

void AsioReactor::wait(std::optional<std::chrono::nanoseconds> limit) {
  impl_->restart_if_stopped();
  if (limit) {
    impl_->context.run_one_for(std::min<std::chrono::nanoseconds>(*limit, std::chrono::hours(1)));
  } else {
    impl_->context.run_one();
  }
  impl_->context.poll();
}

// Without memory for a wake-up a loop would hang; that the program ends instead is meant.
// NOLINTNEXTLINE(bugprone-exception-escape)
void AsioReactor::wake() noexcept {
  if (impl_->woken.exchange(true, std::memory_order_acq_rel)) return;
  asio::post(impl_->context,
             [impl = impl_.get()] { impl->woken.store(false, std::memory_order_release); });
}

asio::io_context& AsioReactor::context() {
  return impl_->context;
}

asio::io_context& context_of(async::Loop& loop) {
  if (auto* reactor = dynamic_cast<AsioReactor*>(&loop.reactor())) return reactor->context();
  throw LogicError("network I/O needs a loop on a net::AsioReactor, and this loop has another one");
}

}  // namespace hassette::net
