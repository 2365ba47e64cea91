// What stands at the other end of a WebSocket may send any bytes, in pieces of any size. The
// decoder works in place, resumes anywhere and moves what it holds; beside it stands one that is
// obviously right, since it has all the bytes from the beginning and copies everything. Both have
// to say the same, for clients and servers.
//
// The first bytes of an input choose the role, the sizes of the pieces and how the rest is meant:
// as the bytes of the wire, or as orders for frames, because random bytes seldom make one.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/frame.hpp"

namespace {

using namespace hassette::net;
using Kind = Incoming::Kind;

constexpr std::size_t kMaxMessage = 70'000;  // so that all three forms of a length can be right

struct Told {
  Kind kind;
  std::string payload;
  std::uint16_t code;
  bool operator==(const Told&) const = default;
};

// --- the naive decoder: whole input, one frame after the other, RFC 6455 line by line

bool is_unicode(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    int more = 0;
    std::uint32_t point = 0;
    if (lead <= 0x7F) {
      continue;
    } else if (lead >= 0xC0 && lead <= 0xDF) {
      more = 1;
      point = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      more = 2;
      point = lead & 0x0FU;
    } else if (lead >= 0xF0 && lead <= 0xF7) {
      more = 3;
      point = lead & 0x07U;
    } else {
      return false;
    }
    for (int i = 0; i < more; ++i) {
      if (at == text.size()) return false;
      const auto byte = static_cast<unsigned char>(text[at++]);
      if (byte < 0x80 || byte > 0xBF) return false;
      point = point * 64 + (byte - 0x80U);
    }
    constexpr std::uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (point < kLeast[more] || point > 0x10FFFF) return false;
    if (point >= 0xD800 && point <= 0xDFFF) return false;
  }
  return true;
}

bool may_be_sent(unsigned code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

std::vector<Told> decode_naively(const std::string& wire, Role role) {
  std::vector<Told> told;
  std::string message;
  bool in_message = false;
  std::size_t at = 0;
  const auto left = [&] { return wire.size() - at; };
  const auto byte = [&](std::size_t index) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(wire[at + index]));
  };
  const auto refuse = [&](std::uint16_t code) {
    told.push_back({code == kTooBig ? Kind::kTooLarge : Kind::kBad, "", code});
    return told;
  };
  for (;;) {
    if (left() < 2) return told;
    const bool is_final = (byte(0) & 0x80U) != 0;
    const std::uint64_t reserved = byte(0) & 0x70U;
    const std::uint64_t opcode = byte(0) & 0x0FU;
    const bool is_masked = (byte(1) & 0x80U) != 0;
    std::uint64_t length = byte(1) & 0x7FU;
    const std::size_t bytes_of_length = length == 126 ? 2 : length == 127 ? 8 : 0;
    const std::size_t head = 2 + bytes_of_length + (is_masked ? 4 : 0);
    if (left() < head) return told;
    bool is_padded = false;
    if (bytes_of_length > 0) {
      length = 0;
      for (std::size_t i = 0; i < bytes_of_length; ++i) length = length * 256 + byte(2 + i);
      is_padded = bytes_of_length == 2 ? length <= 125 : length <= 65'535;
    }
    const bool is_control = opcode >= 8;
    const bool is_known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
    if (reserved != 0 || !is_known || is_padded || is_masked != (role == Role::kServer)) {
      return refuse(kProtocolError);
    }
    if (is_control && (!is_final || length > 125)) return refuse(kProtocolError);
    if (!is_control && (opcode == 0) != in_message) return refuse(kProtocolError);
    if (opcode == 2) return refuse(kUnsupported);
    if (!is_control && length > kMaxMessage - message.size()) return refuse(kTooBig);
    if (left() - head < length) return told;
    std::string payload = wire.substr(at + head, length);
    for (std::size_t i = 0; is_masked && i < payload.size(); ++i) {
      payload[i] = static_cast<char>(payload[i] ^ wire[at + head - 4 + i % 4]);
    }
    at += head + length;
    if (opcode == 9) told.push_back({Kind::kPing, payload, 0});
    if (opcode == 10) told.push_back({Kind::kPong, payload, 0});
    if (opcode == 8 && payload.empty()) told.push_back({Kind::kClose, "", kNoCode});
    if (opcode == 8 && payload.size() == 1) return refuse(kProtocolError);
    if (opcode == 8 && payload.size() >= 2) {
      const unsigned code =
          static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
      if (!may_be_sent(code)) return refuse(kProtocolError);
      if (role == Role::kServer && !is_unicode(payload.substr(2))) return refuse(kInvalidText);
      told.push_back({Kind::kClose, payload.substr(2), static_cast<std::uint16_t>(code)});
    }
    if (is_control) continue;
    message += payload;
    in_message = !is_final;
    if (!is_final) continue;
    if (role == Role::kServer && !is_unicode(message)) return refuse(kInvalidText);
    told.push_back({Kind::kText, message, 0});
    message.clear();
  }
}

// --- the decoder that runs

std::vector<Told> decode(std::string_view wire, Role role, std::minstd_rand& random,
                         std::size_t largest_piece) {
  std::vector<Told> told;
  InputBuffer in;
  MessageReader reader(role, kMaxMessage);
  for (;;) {
    for (;;) {
      const Incoming got = reader.next(in);
      if (got.kind == Kind::kNeedMore) break;
      const bool is_end = got.kind == Kind::kBad || got.kind == Kind::kTooLarge;
      told.push_back({got.kind, is_end ? "" : std::string(got.payload), got.code});
      if (is_end) return told;
      if (got.kind == Kind::kText) {
        // simdjson reads beyond the text; what is there belongs to the buffer.
        const char* const end = got.payload.data() + got.payload.size();
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < InputBuffer::kPadding; ++i) sum += end[i] == 0 ? 0U : 1U;
        if (sum > InputBuffer::kPadding) std::abort();
      }
    }
    if (wire.empty()) return told;
    const std::span<char> room = in.room();
    const std::size_t count =
        std::min({room.size(), wire.size(), std::size_t{1} + random() % largest_piece});
    std::copy_n(wire.begin(), count, room.begin());
    in.commit(count);
    wire.remove_prefix(count);
  }
}

/// Makes frames, most of them right, as the bytes order: what kind, how long, masked with what.
std::string frames(std::string_view orders, Role role) {
  std::string wire;
  const auto take = [&]() -> unsigned {
    if (orders.empty()) return 0;
    const auto byte = static_cast<unsigned char>(orders.front());
    orders.remove_prefix(1);
    return byte;
  };
  while (!orders.empty()) {
    constexpr Opcode kOpcodes[] = {Opcode::kText, Opcode::kContinuation, Opcode::kPing,
                                   Opcode::kPong, Opcode::kClose,        Opcode::kBinary};
    const unsigned what = take();
    const unsigned how = take();
    const std::size_t length = how % 16 == 15   ? 65'500 + take()
                               : how % 16 == 14 ? 120 + take()
                                                : std::size_t{how % 16};
    std::string payload(orders.substr(0, length));
    orders.remove_prefix(payload.size());
    payload.resize(length, 'x');
    const Mask mask{static_cast<unsigned char>(take()), static_cast<unsigned char>(take()), 3, 7};
    const std::size_t begin = wire.size();
    const bool masked = (role == Role::kServer) != (how / 16 == 15);  // seldom the wrong way
    append_frame(wire, kOpcodes[what % 6], payload,
                 masked ? std::optional<Mask>(mask) : std::nullopt);
    if ((what & 0x40U) != 0) wire[begin] = static_cast<char>(wire[begin] & 0x7F);
    if (what >= 0xF0) wire[begin] = static_cast<char>(wire[begin] ^ 0x10);
    if (wire.size() > 300'000) break;
  }
  return wire;
}

[[noreturn]] void differ(const std::vector<Told>& naive, const std::vector<Told>& real) {
  for (const auto* all : {&naive, &real}) {
    std::fprintf(stderr, "%s\n", all == &naive ? "naive:" : "real:");
    for (const Told& one : *all) {
      std::fprintf(stderr, "  kind %d code %d, %zu bytes\n", static_cast<int>(one.kind), one.code,
                   one.payload.size());
    }
  }
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Role role = (data[0] & 1U) != 0 ? Role::kServer : Role::kClient;
  std::minstd_rand random(data[1] + 1U);
  const std::size_t largest_piece = std::size_t{1} << (data[2] % 18U);
  const std::string_view rest(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string wire = (data[0] & 2U) != 0 ? frames(rest, role) : std::string(rest);
  const std::vector<Told> naive = decode_naively(wire, role);
  const std::vector<Told> real = decode(wire, role, random, largest_piece);
  if (naive != real) differ(naive, real);
  return 0;
}
