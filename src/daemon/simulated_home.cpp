#include "daemon/simulated_home.hpp"

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "log/log.hpp"
#include "net/asio_reactor.hpp"
#include "sim/house.hpp"
#include "sim/server.hpp"

namespace hassette::daemon {

namespace {

Task<> live(sim::SimulatedHome* home, sim::House* house, AsyncEvent* day,
            std::promise<std::uint16_t>* started) {
  std::exception_ptr error;
  try {
    house->furnish();
    started->set_value(co_await home->start("127.0.0.1", 0));
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    started->set_exception(error);
    co_return;
  }
  co_await day->wait();
  co_await house->live();
}

Task<> close(async::Bucket* bucket, sim::SimulatedHome* home, async::Loop* loop) {
  co_await bucket->close(CancelReason::kShutdown);
  co_await home->stop();
  loop->stop();
}

}  // namespace

SimulatedHomeThread::SimulatedHomeThread(async::Clock& clock, std::uint64_t seed, std::string token)
    : thread_([this, &clock, seed, token = std::move(token)] { serve(clock, seed, token); }) {
  running_ = inside_.get_future().get();
  try {
    port_ = started_.get_future().get();
  } catch (...) {
    running_.loop->stop();
    throw;
  }
}

SimulatedHomeThread::~SimulatedHomeThread() {
  running_.loop->stop();
}

void SimulatedHomeThread::begin_day() {
  running_.loop->post([day = running_.day] { day->set(); });
}

void SimulatedHomeThread::serve(async::Clock& clock, std::uint64_t seed, const std::string& token) {
  net::AsioReactor reactor;
  async::Loop loop(clock, reactor);
  sim::SimulatedHome home(loop, {.token = token, .seed = seed});
  sim::House house(home.home(), loop, seed);
  AsyncEvent day;
  const auto report = [](const async::Label&, const std::exception_ptr& error) {
    log::error("the simulated home failed: {}", async::describe(error));
  };
  {
    async::Bucket bucket(loop, report);
    bucket.spawn(async::intern_label("home", "residents"), live(&home, &house, &day, &started_));
    inside_.set_value({.loop = &loop, .day = &day});
    loop.run();
    async::Bucket closing(loop, report);
    closing.spawn(async::intern_label("home", "stop"), close(&bucket, &home, &loop));
    loop.run();
  }
}

}  // namespace hassette::daemon
