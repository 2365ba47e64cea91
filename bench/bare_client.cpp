#include "bare_client.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "sample_home.hpp"

namespace bench {

namespace od = simdjson::ondemand;

namespace {
constexpr std::size_t kBuffer = 1U << 20U;
}

bool read_bare_change(od::object message, BareChange& change) {
  od::object event;
  if (message.find_field("event").get_object().get(event) != simdjson::SUCCESS) return false;
  od::object data = event.find_field("data").get_object();
  change.entity_id = data.find_field("entity_id").get_string();
  od::object state = data.find_field("new_state").get_object();
  change.state = state.find_field("state").get_string();
  change.last_changed = state.find_field("last_changed").get_string();
  change.context = state.find_field("context").find_field("id").get_string();
  return true;
}

bool read_bare_difference(od::object message, BareChange& change) {
  od::object event;
  if (message.find_field("event").get_object().get(event) != simdjson::SUCCESS) return false;
  for (auto entity : event.find_field("c").get_object()) {
    change.entity_id = entity.unescaped_key();
    od::object added = entity.value().find_field("+").get_object();
    change.state = added.find_field("s").get_string();
    change.last_changed = added.find_field("lc").raw_json_token();
    change.context = added.find_field("c").get_string();
  }
  return true;
}

BareClient::BareClient(std::uint16_t port)
    : socket_(connect_to(port)),
      buffer_(std::make_unique<char[]>(kBuffer + simdjson::SIMDJSON_PADDING)) {
  send_handshake(socket_);
  SlowReader reader(socket_);
  const auto say = [&](std::string_view text) {
    std::string frame;
    append_text_frame(frame, text, true);
    send_all(socket_, frame);
    reader.next();
  };
  reader.next();  // auth_required
  say(R"({"type":"auth","access_token":"bench"})");
  say(R"({"id":1,"type":"supported_features","features":{"coalesce_messages":1}})");
  say(R"({"id":2,"type":"subscribe_events","event_type":"state_changed"})");
}

template <class F>
void BareClient::receive(F handle) {
  bool going_on = true;
  while (going_on) {
    const auto frame = frame_extent(buffer_.get() + begin_, end_ - begin_);
    if (!frame || end_ - begin_ < frame->head + frame->payload) {
      if (begin_ > 0 && kBuffer - end_ < kBuffer / 2) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
      }
      const ssize_t got = ::read(socket_.get(), buffer_.get() + end_, kBuffer - end_);
      if (got <= 0) throw std::runtime_error("the connection ended");
      end_ += static_cast<std::size_t>(got);
      continue;
    }
    each_message(parser_, {buffer_.get() + begin_ + frame->head, frame->payload},
                 [&](od::object message) {
                   BareChange change;
                   if (going_on && read_bare_change(message, change)) going_on = handle(change);
                 });
    begin_ += frame->head + frame->payload;
    if (begin_ == end_) begin_ = end_ = 0;
  }
}

std::size_t BareClient::receive_flood() {
  std::size_t changes = 0;
  receive([&](const BareChange& change) {
    if (change.entity_id == SampleHome::kLast) return false;
    ++changes;
    return true;
  });
  return changes;
}

void BareClient::answer() {
  receive([&](const BareChange& change) {
    if (change.entity_id == SampleHome::kLast) return false;
    if (change.entity_id != SampleHome::kAsks) return true;
    std::array<char, 256> text{};
    const int size =
        std::snprintf(text.data(), text.size(),
                      R"({"id":%llu,"type":"call_service","domain":"light","service":"turn_on",)"
                      R"("target":{"entity_id":["light.sample_3"]}})",
                      static_cast<unsigned long long>(++last_id_));
    std::string frame;
    append_text_frame(frame, {text.data(), static_cast<std::size_t>(size)}, true);
    send_all(socket_, frame);
    return true;
  });
}

}  // namespace bench
