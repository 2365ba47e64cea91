#pragma once
// Unpredictable bytes for masks and handshake keys, as RFC 6455 asks for. Internal.
//
// They never influence what an app sees, so they do not come from the loop. Loop thread only.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "net/frame.hpp"

namespace hassette::net {

/// Masks out of a block of random bytes, because OpenSSL charges by the call.
class MaskSource {
 public:
  Mask next();

 private:
  std::array<unsigned char, 512> block_{};
  std::size_t used_ = sizeof block_;
};

/// A client's `Sec-WebSocket-Key`, and the `Sec-WebSocket-Accept` that answers one.
std::string make_websocket_key();
std::string accept_websocket_key(std::string_view key);

}  // namespace hassette::net
