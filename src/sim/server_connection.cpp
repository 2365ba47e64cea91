#include "sim/server_connection.hpp"

namespace hassette::sim {

namespace {
// What is handed to the socket at once; the rest waits in the session, where it counts as pending.
constexpr std::size_t kEnoughBytes = 1u << 20;
}  // namespace

void Connection::send(std::string text) {
  if (close_code_) return;
  waiting_bytes_ += text.size();
  frames_.push_back({loop_.now() + delay_, std::move(text)});
  work_.set();
}

void Connection::close(std::uint16_t code) {
  if (!close_code_) close_code_ = code;
  work_.set();
}

bool Connection::ready() const {
  return waiting_bytes_ < kEnoughBytes;
}

Task<> Connection::read() {
  while (!session_.closed()) {
    session_.receive(co_await socket_.read());
    while (const auto more = socket_.try_read()) session_.receive(*more);
  }
  co_await AsyncEvent().wait();  // the writer says the last word
}

Task<> Connection::write() {
  for (;;) {
    while (!frames_.empty()) {
      if (const auto wait = frames_.front().due - loop_.now(); wait.count() > 0)
        co_await sleep(wait);
      Frame frame = std::move(frames_.front());
      frames_.pop_front();
      const std::size_t size = frame.text.size();
      co_await socket_.write(std::move(frame.text));
      waiting_bytes_ -= size;
      session_.flush();
    }
    if (close_code_) break;
    work_.clear();
    co_await work_.wait();
  }
  co_await socket_.close(*close_code_, "");
}

Task<> Connection::expect_authentication(std::chrono::nanoseconds limit) {
  co_await sleep(limit);
  if (!session_.authenticated()) session_.close(1000);
  co_await AsyncEvent().wait();
}

Task<> Connection::serve(std::chrono::nanoseconds authentication_limit) {
  session_.open();
  co_await when_any(read(), write(), expect_authentication(authentication_limit));
}

}  // namespace hassette::sim
