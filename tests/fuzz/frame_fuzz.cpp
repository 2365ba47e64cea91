// What Home Assistant, or whoever stands in its place, may send: any bytes as a frame. Nothing of
// it may crash the reader, make it read outside the text, or hand on views that lie elsewhere.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ha/frame.hpp"
#include "json/cursor_testing.hpp"
#include "json/parse.hpp"
#include "model/state_record.hpp"

namespace {

using namespace hassette;

/// Does with every view what the engine does with it, down to the last byte.
class Consumer final : public ha::FrameSink {
 public:
  explicit Consumer(ha::FrameReader& reader) : reader_(reader) {}

  void on_change(const ha::WireChange& change) override {
    touch(change.entity_id);
    parse(change.context);
    if (change.state) take(*change.state);
  }
  void on_event(const ha::WireEvent& event) override {
    touch(event.type);
    parse(event.data);
    model::parse_context(event.context);
  }
  void on_push(std::uint64_t, std::string_view event) override { parse(event); }
  void on_result(const ha::WireResult& result) override {
    touch(result.error_code);
    touch(result.error_message);
    parse(result.result);
    // Any result may be that of get_states; its own parser reads it within the message.
    if (result.result.empty()) return;
    if (const auto states = reader_.read_states(result.result, index_)) {
      for (const model::WireState& state : *states) take(state);
    }
  }
  void on_pong(std::uint64_t) override {}
  void on_auth(std::string_view type, std::string_view message, std::string_view version) override {
    touch(type);
    touch(message);
    touch(version);
  }
  void on_garbage(ha::Garbage kind, std::string_view text) override {
    touch(ha::to_string(kind));
    touch(text);
  }

 private:
  void touch(std::string_view text) {
    for (const char byte : text) sum_ += static_cast<unsigned char>(byte);
  }
  void parse(std::string_view text) {
    if (const auto value = json::parse(text)) touch(value->dump());
  }
  void take(const model::WireState& wire) {
    touch(wire.entity_id);
    static const EntityId id("sensor.fuzzed");  // those of the text would stay for ever
    const State state = model::make_state(id, wire);
    touch(state.text());
    touch(state.friendly_name());
    touch(state.context().id);
  }

  ha::FrameReader& reader_;
  json::TokenIndex index_;
  std::uint64_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ha::FrameReader reader;  // one reader takes all frames of a connection
  // As it lies in the connection's buffer: 64 readable bytes follow, and no more.
  const json::Padded padded({reinterpret_cast<const char*>(data), size});
  Consumer consumer(reader);
  reader.read(padded.text(), consumer);
  // Newer versions of simdjson's parser pass over a byte order mark, which is no JSON.
  if (size == 0 || padded.text().starts_with("\xEF\xBB\xBF")) return 0;
  if (const auto value = json::parse(padded.text())) {
    // What was read can be written, and reads the same again.
    const std::string text = value->dump();
    const auto again = json::parse(text);
    if (!again || again->dump() != text) std::abort();
    // The two ways to read a text find the same in it.
    static json::TokenIndex index;
    auto cursor = index.scan(padded.text());
    if (!cursor || !json::equals(*cursor, *value) || !cursor->at_end()) std::abort();
  }
  return 0;
}
