#include "net/websocket.hpp"

#include <utility>

#include "net/websocket_state.hpp"

namespace hassette::net {

WebSocket::WebSocket(std::shared_ptr<WebSocketState> state) : state_(std::move(state)) {}

WebSocket::WebSocket(WebSocket&& other) noexcept = default;

WebSocket& WebSocket::operator=(WebSocket&& other) noexcept {
  if (this != &other) {
    if (state_) state_->leave();
    state_ = std::move(other.state_);
  }
  return *this;
}

WebSocket::~WebSocket() {
  if (state_) state_->leave();
}

Task<std::string_view> WebSocket::read() {
  return WebSocketState::read(state_);
}

std::optional<std::string_view> WebSocket::try_read() {
  return state_->try_read();
}

Task<> WebSocket::write(std::string text) {
  return WebSocketState::write(state_, std::move(text));
}

Task<> WebSocket::close(std::uint16_t code, std::string reason) {
  return WebSocketState::close(state_, code, std::move(reason));
}

void WebSocket::abort() noexcept {
  if (state_) state_->abort();
}

std::size_t WebSocket::unsent() const {
  return state_->unsent();
}

std::uint64_t WebSocket::received() const {
  return state_->received();
}

bool WebSocket::is_receiving() const {
  return state_->is_receiving();
}

}  // namespace hassette::net
