#include "net/frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hassette::net {

namespace {

/// Bytes between the assembled part of a message and the next frame that are worth moving together.
constexpr std::size_t kLargestGap = 64u << 10;
constexpr std::size_t kLargestControl = 125;

bool is_control(Opcode opcode) {
  return (static_cast<unsigned>(opcode) & 0x8U) != 0;
}

bool is_known(Opcode opcode) {
  switch (opcode) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      return true;
  }
  return false;
}

/// Codes that a peer may put on the wire (RFC 6455, 7.4).
bool is_valid_close(std::uint16_t code) {
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

std::uint64_t big_endian(std::span<const char> bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU));
  }
}

Incoming bad(CloseCode code, const char* sentence) {
  return {Incoming::Kind::kBad, sentence, code};
}

}  // namespace

std::optional<FrameHead> parse_head(std::span<const char> bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const unsigned short_length = second & 0x7FU;
  const std::size_t length_bytes = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
  const bool masked = (second & 0x80U) != 0;
  FrameHead head{
      .final = (first & 0x80U) != 0,
      .reserved = (first & 0x70U) != 0,
      .opcode = static_cast<Opcode>(first & 0x0FU),
      .length = short_length,
      .size = 2 + length_bytes + (masked ? 4 : 0),
  };
  if (bytes.size() < head.size) return std::nullopt;
  if (length_bytes > 0) {
    head.length = big_endian(bytes.subspan(2, length_bytes));
    head.padded = head.length < (length_bytes == 2 ? 126U : 0x1'0000U);
  }
  if (masked) std::memcpy(head.mask.emplace().data(), bytes.data() + 2 + length_bytes, 4);
  return head;
}

void apply_mask(std::span<char> payload, const Mask& mask) {
  std::uint32_t key = 0;
  std::memcpy(&key, mask.data(), sizeof key);
  const std::uint64_t wide = std::uint64_t{key} << 32U | key;
  char* at = payload.data();
  std::size_t left = payload.size();
  for (; left >= sizeof wide; left -= sizeof wide, at += sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ mask[i % 4]);
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  const std::optional<Mask>& mask) {
  constexpr std::size_t kLargestHead = 14;
  if (const std::size_t needed = out.size() + kLargestHead + payload.size();
      needed > out.capacity()) {
    out.reserve(std::max(needed, 2 * out.capacity()));
  }
  const unsigned mask_bit = mask ? 0x80U : 0U;
  out.push_back(static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(mask_bit | payload.size()));
  } else if (payload.size() <= 0xFFFF) {
    out.push_back(static_cast<char>(mask_bit | 126U));
    append_big_endian(out, payload.size(), 2);
  } else {
    out.push_back(static_cast<char>(mask_bit | 127U));
    append_big_endian(out, payload.size(), 8);
  }
  if (mask) {
    for (const unsigned char byte : *mask) out.push_back(static_cast<char>(byte));
  }
  const std::size_t begin = out.size();
  out.append(payload);
  if (mask) apply_mask(std::span(out).subspan(begin), *mask);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  payload.append(reason.substr(0, kLargestControl - 2));
  return payload;
}

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned lead = byte(at);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) return false;
    // Only the second byte's range depends on the first: it keeps overlong forms, surrogates and
    // what lies beyond Unicode out.
    const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(at + 1) < least || byte(at + 1) > most) return false;
    for (std::size_t more = 2; more < length; ++more) {
      if ((byte(at + more) & 0xC0U) != 0x80) return false;
    }
    at += length;
  }
  return true;
}

const char* MessageReader::fault(const FrameHead& head) const {
  if (head.reserved) return "a frame uses an extension that was not agreed on";
  if (!is_known(head.opcode)) return "a frame has an unknown opcode";
  if (head.padded) return "a frame's length is written in more bytes than it needs";
  if (head.mask.has_value() != (role_ == Role::kServer)) {
    return role_ == Role::kServer ? "a client sent a frame without a mask"
                                  : "a server sent a masked frame";
  }
  if (is_control(head.opcode)) {
    return head.final && head.length <= kLargestControl ? nullptr
                                                        : "a control frame is too long or cut";
  }
  if ((head.opcode == Opcode::kContinuation) != in_message_) {
    return in_message_ ? "a message begins inside another one" : "a continuation without a begin";
  }
  return nullptr;
}

Incoming MessageReader::next(InputBuffer& in) {
  if (std::exchange(delivered_, false)) {
    in.consume(std::exchange(next_, 0));
    size_ = 0;
  }
  for (;;) {
    const std::span<char> frame = in.data().subspan(next_);
    const auto head = parse_head(frame);
    if (!head) return {};
    if (const char* sentence = fault(*head)) return bad(kProtocolError, sentence);
    if (head->opcode == Opcode::kBinary) {
      return bad(kUnsupported, "a binary message arrived where only text is understood");
    }
    if (!is_control(head->opcode) && head->length > max_message_ - size_) {
      return {Incoming::Kind::kTooLarge, "a message is larger than this side accepts", kTooBig};
    }
    if (frame.size() - head->size < head->length) {
      in.expect(next_ + head->size + head->length);
      return {};
    }
    const std::span<char> payload = frame.subspan(head->size, head->length);
    if (head->mask) apply_mask(payload, *head->mask);
    if (is_control(head->opcode)) return control(in, *head, payload);
    if (!in_message_) {
      in.consume(head->size);  // the payload now begins the buffer
      in_message_ = true;
      size_ = next_ = payload.size();
    } else {
      std::memmove(in.data().data() + size_, payload.data(), payload.size());
      size_ += payload.size();
      skip(in, head->size + payload.size());
    }
    if (head->final) {
      const std::string_view text(in.data().data(), size_);
      if (role_ == Role::kServer && !is_utf8(text)) {
        return bad(kInvalidText, "a text message is not UTF-8");
      }
      in_message_ = false;
      delivered_ = true;
      return {Incoming::Kind::kText, text, 0};
    }
  }
}

Incoming MessageReader::control(InputBuffer& in, const FrameHead& head, std::span<char> payload) {
  // What follows a control frame may move over it, so its payload is kept aside.
  std::ranges::copy(payload, control_.begin());
  std::string_view kept(control_.data(), payload.size());
  skip(in, head.size + payload.size());
  if (head.opcode == Opcode::kPing) return {Incoming::Kind::kPing, kept, 0};
  if (head.opcode == Opcode::kPong) return {Incoming::Kind::kPong, kept, 0};
  if (kept.empty()) return {Incoming::Kind::kClose, {}, kNoCode};
  if (kept.size() == 1) return bad(kProtocolError, "a close frame holds half a code");
  const auto code = static_cast<std::uint16_t>(big_endian(std::span(kept).first(2)));
  if (!is_valid_close(code)) return bad(kProtocolError, "a close frame holds an invalid code");
  kept.remove_prefix(2);
  if (role_ == Role::kServer && !is_utf8(kept)) {
    return bad(kInvalidText, "the reason of a close frame is not UTF-8");
  }
  return {Incoming::Kind::kClose, kept, code};
}

void MessageReader::skip(InputBuffer& in, std::size_t count) {
  if (!in_message_) {
    in.consume(count);
    return;
  }
  next_ += count;
  if (next_ - size_ > kLargestGap) {
    in.erase(size_, next_ - size_);
    next_ = size_;
  }
}

}  // namespace hassette::net
