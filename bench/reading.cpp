// Reading changes without a network: our reader against a bare parse, and the two forms in which
// Home Assistant tells changes against each other.
//
//   bench_reading [--quick]
#include <cstdio>
#include <exception>

#include "bare_client.hpp"
#include "figure.hpp"
#include "flood_home.hpp"
#include "ha/frame.hpp"
#include "state/cache.hpp"

namespace {

using namespace bench;

using Append = void (SampleHome::*)(std::string&, std::string_view, unsigned) const;

/// Coalesced messages of which each changes every entity, with room for the parser behind each.
struct Form {
  std::vector<std::string> frames;
  double bytes = 0;  // of an event
};

Form make_form(const SampleHome& home, Append append) {
  Form form;
  std::size_t bytes = 0;
  for (const unsigned state : {1U, 0U}) {
    for (std::size_t entity = 0; entity < home.entities();) {
      std::string frame = "[";
      for (std::size_t i = 0; i < FloodHome::kCoalesced && entity < home.entities(); ++i) {
        if (i > 0) frame += ',';
        (home.*append)(frame, SampleHome::entity_id(entity++), state);
      }
      frame += ']';
      bytes += frame.size();
      frame.reserve(frame.size() + simdjson::SIMDJSON_PADDING);
      form.frames.push_back(std::move(frame));
    }
  }
  form.bytes = static_cast<double>(bytes) / static_cast<double>(2 * home.entities());
  return form;
}

/// Counts what the reader hands on, and puts it into a cache if there is one.
class Counting final : public hassette::ha::FrameSink {
 public:
  explicit Counting(hassette::state::Cache* cache) : cache_(cache) {}
  std::size_t changes() const { return changes_; }

 private:
  void on_change(const hassette::ha::WireChange& change) override {
    ++changes_;
    if (cache_ && change.state) cache_->apply(*change.state, change.time_fired, change.context);
  }
  void on_event(const hassette::ha::WireEvent&) override {}
  void on_push(std::uint64_t, std::string_view) override {}
  void on_result(const hassette::ha::WireResult&) override {}
  void on_pong(std::uint64_t) override {}
  void on_auth(std::string_view, std::string_view, std::string_view) override {}
  void on_garbage(hassette::ha::Garbage, std::string_view) override {
    throw std::runtime_error("the reader refuses a message");
  }

  hassette::state::Cache* cache_;
  std::size_t changes_ = 0;
};

/// Runs `read(frame)`, which gives how many events it has read, over everything; nanoseconds of
/// processor time an event.
template <class F>
double cost(const Form& form, int times, F read) {
  std::size_t events = 0;
  const auto begin = thread_time();
  for (int i = 0; i < times; ++i) {
    for (const std::string& frame : form.frames) events += read(frame);
  }
  return 1e9 * seconds(thread_time() - begin) / static_cast<double>(events);
}

template <bool (*kRead)(simdjson::ondemand::object, BareChange&)>
auto bare(simdjson::ondemand::parser& parser) {
  return [&parser](const std::string& frame) {
    std::size_t read = 0;
    each_message(parser, frame, [&](simdjson::ondemand::object message) {
      BareChange change;
      if (kRead(message, change) && !change.entity_id.empty() && !change.state.empty()) ++read;
    });
    return read;
  };
}

double ours(const Form& form, int times, hassette::ha::FrameReader& reader,
            hassette::state::Cache* cache) {
  return cost(form, times, [&](const std::string& frame) {
    Counting sink(cache);
    reader.read(frame, sink);
    return sink.changes();
  });
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  const int times = quick ? 1 : 50;
  const SampleHome home(1000);
  const Form events = make_form(home, &SampleHome::append_change);
  const Form differences = make_form(home, &SampleHome::append_difference);
  simdjson::ondemand::parser parser;
  hassette::ha::FrameReader reader;
  hassette::state::Cache cache;
  Comparison forms;
  Comparison reading;
  Comparison keeping;
  for (int round = 0; round < (quick ? 1 : 21); ++round) {
    const double bare_cost = cost(events, times, bare<read_bare_change>(parser));
    forms.add(bare_cost, cost(differences, times, bare<read_bare_difference>(parser)));
    reading.add(bare_cost, ours(events, times, reader, nullptr));
    keeping.add(bare_cost, ours(events, times, reader, &cache));
  }
  print(reading.figure("our reader against a bare parse", "ns/event", ""));
  print(keeping.figure("our reader and the cache against a bare parse", "ns/event", ""));
  print({.name = "subscribe_entities against state_changed, size",
         .unit = "bytes/event",
         .baseline = events.bytes,
         .ours = differences.bytes,
         .ratio = differences.bytes / events.bytes});
  print(forms.figure("subscribe_entities against state_changed, bare parse", "ns/event", ""));
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_reading: %s\n", error.what());
  return 1;
}
