#include "ha/connection.hpp"

namespace hassette::ha {

Task<> Connection::connected() {
  while (link().state != LinkState::kConnected) co_await is_connected_.wait();
}

Task<> Connection::disconnected() {
  while (link().state == LinkState::kConnected) co_await is_disconnected_.wait();
}

std::vector<std::string> Connection::nearest(const EntityId&) const {
  return {};
}

void Connection::link_is(LinkState state) {
  if (state == LinkState::kConnected) {
    is_connected_.set();
    is_disconnected_.clear();
  } else {
    is_connected_.clear();
    is_disconnected_.set();
  }
}

}  // namespace hassette::ha
