// The two forms in which Home Assistant tells changes, `state_changed` events and the differences
// of `subscribe_entities`: bytes on the wire, and what reading four fields of them costs.
//
//   bench_forms [--quick]
#include <cstdio>
#include <exception>

#include "bare_client.hpp"
#include "figure.hpp"
#include "flood_home.hpp"

namespace {

using namespace bench;

using Append = void (SampleHome::*)(std::string&, std::string_view, unsigned) const;
using Read = bool (*)(simdjson::ondemand::object, BareChange&);

/// Coalesced messages as they come, with room for the parser behind each.
struct Form {
  std::vector<std::string> frames;
  double bytes = 0;  // of an event
  Read read;
};

Form make_form(const SampleHome& home, Append append, Read read) {
  Form form{.read = read};
  std::size_t bytes = 0;
  for (std::size_t entity = 0; entity < home.entities();) {
    std::string frame = "[";
    for (std::size_t i = 0; i < FloodHome::kCoalesced && entity < home.entities(); ++i, ++entity) {
      if (i > 0) frame += ',';
      (home.*append)(frame, SampleHome::entity_id(entity), 1);
    }
    frame += ']';
    bytes += frame.size();
    frame.reserve(frame.size() + simdjson::SIMDJSON_PADDING);
    form.frames.push_back(std::move(frame));
  }
  form.bytes = static_cast<double>(bytes) / static_cast<double>(home.entities());
  return form;
}

/// Nanoseconds of processor time an event.
double read_all(const Form& form, std::size_t entities, int times) {
  simdjson::ondemand::parser parser;
  std::size_t read = 0;
  const auto begin = thread_time();
  for (int i = 0; i < times; ++i) {
    for (const std::string& frame : form.frames) {
      each_message(parser, frame, [&](simdjson::ondemand::object message) {
        BareChange change;
        if (form.read(message, change) && !change.entity_id.empty() && !change.state.empty())
          ++read;
      });
    }
  }
  const auto took = thread_time() - begin;
  if (read != entities * static_cast<std::size_t>(times)) {
    throw std::runtime_error("not everything was read");
  }
  return 1e9 * seconds(took) / static_cast<double>(read);
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  const SampleHome home(1000);
  const Form events = make_form(home, &SampleHome::append_change, &read_bare_change);
  const Form differences = make_form(home, &SampleHome::append_difference, &read_bare_difference);
  Comparison cost;
  for (int round = 0; round < (quick ? 1 : 15); ++round) {
    const int times = quick ? 2 : 100;
    cost.add(read_all(events, home.entities(), times),
             read_all(differences, home.entities(), times));
  }
  print({.name = "subscribe_entities against state_changed, size",
         .unit = "bytes/event",
         .baseline = events.bytes,
         .ours = differences.bytes,
         .ratio = differences.bytes / events.bytes});
  print(cost.figure("subscribe_entities against state_changed, bare parse", "ns/event", ""));
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_forms: %s\n", error.what());
  return 1;
}
