#pragma once
// The reactor that also runs sockets: an async::Loop on top of it is one thread with network I/O.
//
// Owned by the composition root (or a test), and destroyed after the loop's fibers are gone. Used
// on the loop's thread, except `wake`. Everything in this layer that takes a Loop expects one on
// this reactor, and throws LogicError otherwise.
#include <memory>

#include "async/reactor.hpp"

namespace boost::asio {
class io_context;
}

namespace hassette::async {
class Loop;
}

namespace hassette::net {

class AsioReactor final : public async::Reactor {
 public:
  AsioReactor();
  AsioReactor(const AsioReactor&) = delete;
  AsioReactor& operator=(const AsioReactor&) = delete;
  ~AsioReactor() override;

  void poll() override;
  void wait(std::optional<std::chrono::nanoseconds> limit) override;
  void wake() noexcept override;

  boost::asio::io_context& context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The I/O context behind the loop.
boost::asio::io_context& context_of(async::Loop& loop);

}  // namespace hassette::net
