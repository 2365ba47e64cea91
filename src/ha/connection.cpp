#include "ha/connection.hpp"

namespace hassette::ha {

Task<> Connection::connected() {
  while (link().state != LinkState::kConnected) co_await is_connected_.wait();
}

std::vector<std::string> Connection::nearest(const EntityId&) const {
  return {};
}

void Connection::link_is(LinkState state) {
  if (state == LinkState::kConnected) {
    is_connected_.set();
  } else {
    is_connected_.clear();
  }
}

}  // namespace hassette::ha
