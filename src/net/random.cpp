#include "net/random.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <span>

#include <hassette/error.hpp>

namespace hassette::net {

namespace {

void fill_random(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw LogicError("the machine gives no random bytes");
  }
}

std::string base64(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

Mask MaskSource::next() {
  if (used_ == block_.size()) {
    fill_random(block_);
    used_ = 0;
  }
  Mask mask;
  std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(used_), mask.size(), mask.begin());
  used_ += mask.size();
  return mask;
}

std::string make_websocket_key() {
  std::array<unsigned char, 16> key;
  fill_random(key);
  return base64(key);
}

std::string accept_websocket_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw LogicError("OpenSSL has no SHA-1, which the WebSocket handshake needs");
  }
  return base64(std::span(digest).first(size));
}

}  // namespace hassette::net
