// What it costs to find the one listener that an event is for, beside many others, and what its
// predicate costs.
//
//   bench_match [--quick]
//
// Beside 10, 1,000 and 100,000 listeners to other entities (random ones, a tenth of them by a
// glob), changes of entities that have one listener each: by id, by a glob, for an attribute, with
// a predicate. The baseline of the growth is the home with 10; that of the whole is what one would
// write first: a map of ids, and a list of globs that are tried one after the other.
#include <fmt/core.h>
#include <fnmatch.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>

#include <hassette/predicate.hpp>

#include "figure.hpp"
#include "inside.hpp"

namespace {

using namespace bench;

constexpr std::size_t kEach = 100;  // entities a kind of match; each kind has its own

using Handler = std::function<void(const StateChange&)>;

std::size_t handled = 0;
const Handler kHandler = [](const StateChange&) { ++handled; };

/// What others ask for: random entities behind those that change, a tenth by a glob.
std::vector<std::string> others(std::size_t listeners) {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> any(kChanging, kEntities - 1);
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < listeners; ++i) {
    const std::size_t entity = any(random);
    asked.push_back(i % 10 == 0 ? fmt::format("*.sample_{}?", entity / 10)
                                : SampleHome::entity_id(entity));
  }
  return asked;
}

/// A map of ids and a list of globs.
class SimpleRouter {
 public:
  void add(std::string asked, Handler handler) {
    if (asked.find_first_of("*?[") == std::string::npos) {
      by_id_.emplace(std::move(asked), std::move(handler));
    } else {
      globs_.emplace_back(std::move(asked), std::move(handler));
    }
  }
  void dispatch(const std::string& entity_id, const StateChange& change) const {
    const auto [begin, end] = by_id_.equal_range(entity_id);
    for (auto it = begin; it != end; ++it) it->second(change);
    for (const auto& [glob, handler] : globs_) {
      if (fnmatch(glob.c_str(), entity_id.c_str(), 0) == 0) handler(change);
    }
  }

 private:
  std::unordered_multimap<std::string, Handler> by_id_;
  std::vector<std::pair<std::string, Handler>> globs_;
};

/// One kind of match: who listens, and to which entities of the home.
struct Kind {
  const char* name;
  std::function<void(Inside&, std::size_t entity)> listen;
  bool alike = true;  // the attributes stay as they are
};

StateChangeOptions where(Where<StateChange> question) {
  return {.name = "", .where = std::move(question)};
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"id", [](Inside& home, std::size_t entity) { home.add(home.id(entity), kHandler); }},
      {"glob", [](Inside& home,
                  std::size_t entity) { home.add(fmt::format("*.sample_{}", entity), kHandler); }},
      {"attribute",
       [](Inside& home, std::size_t entity) {
         home.add_for_attribute(home.id(entity), "device_class", kHandler);
       },
       false},
      {"where",
       [](Inside& home, std::size_t entity) {
         home.add(home.id(entity), kHandler,
                  where([](const StateChange& change) { return !change.recovered; }));
       }},
  };
  return all;
}

/// Nanoseconds a change of the entities from `first` on, with the run of its handler.
double a_change(Inside& home, std::size_t first, int times, bool alike = true) {
  const std::size_t before = handled;
  const auto begin = thread_time();
  for (int i = 0; i < times; ++i) {
    for (std::size_t entity = first; entity < first + kEach; ++entity) {
      home.change(entity, static_cast<unsigned>(i + 1) % 2, alike);
      home.run();
    }
  }
  const double took = 1e9 * seconds(thread_time() - begin) / (times * static_cast<double>(kEach));
  if (handled - before != static_cast<std::size_t>(times) * kEach) {
    throw std::runtime_error("not every change reached its handler");
  }
  return took;
}

struct House {
  explicit House(std::size_t listeners) {
    for (std::string& asked : others(listeners)) {
      simple.add(asked, kHandler);
      home.add(std::move(asked), kHandler);
    }
    for (std::size_t kind = 0; kind < kinds().size(); ++kind) {
      for (std::size_t entity = kind * kEach; entity < (kind + 1) * kEach; ++entity) {
        kinds()[kind].listen(home, entity);
      }
    }
    for (std::size_t entity = 0; entity < kEach; ++entity) {
      simple.add(home.id(entity), kHandler);
    }
  }
  Inside home;
  SimpleRouter simple;
};

void by_kind(bool quick, const std::vector<std::size_t>& counts,
             const std::vector<std::unique_ptr<House>>& houses) {
  const int rounds = quick ? 2 : 21;
  const int times = quick ? 2 : 100;
  for (std::size_t kind = 0; kind < kinds().size(); ++kind) {
    std::vector<Comparison> against_few(counts.size());
    for (int round = 0; round < rounds; ++round) {
      double few = 0;
      for (std::size_t i = 0; i < counts.size(); ++i) {
        const double took = a_change(houses[i]->home, kind * kEach, times, kinds()[kind].alike);
        if (i == 0) few = took;
        against_few[i].add(few, took);
      }
    }
    for (std::size_t i = 1; i < counts.size(); ++i) {
      Figure figure =
          against_few[i].figure(fmt::format("a match by {} beside {} other listeners, against {}",
                                            kinds()[kind].name, counts[i], counts[0]),
                                "ns/event", "<= 1.5");
      if (!quick) figure.met = figure.ratio <= 1.5;
      print(figure);
    }
  }
}

/// The simple router is given the finished change; the cache's work is on our side alone.
void against_the_simple_one(bool quick, const std::vector<std::size_t>& counts,
                            const std::vector<std::unique_ptr<House>>& houses) {
  const StateChange change;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    Comparison comparison;
    const int times = quick ? 1 : counts[i] > 10'000 ? 2 : 50;
    for (int round = 0; round < (quick ? 2 : 11); ++round) {
      const auto begin = thread_time();
      for (int time = 0; time < times; ++time) {
        for (std::size_t entity = 0; entity < kEach; ++entity) {
          houses[i]->simple.dispatch(houses[i]->home.id(entity), change);
        }
      }
      const double simple =
          1e9 * seconds(thread_time() - begin) / (times * static_cast<double>(kEach));
      comparison.add(simple, a_change(houses[i]->home, 0, quick ? 2 : 20));
    }
    print(comparison.figure(
        fmt::format("a match by id beside {}, against a map and a list of globs", counts[i]),
        "ns/event", ""));
  }
}

/// The same question by hand and composed; the entities lie behind those of the kinds.
void predicates(bool quick) {
  struct Question {
    const char* name;
    Where<StateChange> by_hand;
    Where<StateChange> composed;
  };
  const std::vector<Question> questions = {
      {"P, one", [](const StateChange& change) { return change.new_text() != "x"; },
       P::state_to(C::not_equal("x"))},
      {"P and C, three joined",
       [](const StateChange& change) {
         return (change.new_text() == "on" || change.new_text() == "off") &&
                change.context.user_id.empty();
       },
       (P::state_to("on") || P::state_to("off")) && !P::from_user()},
      {"A and C, an attribute",
       [](const StateChange& change) {
         return change.new_state->attribute("device_class") == Json("power");
       },
       P::value_is(A::attr_new("device_class"), C::is_in({"power", "energy"}))},
      {"P, A and C, five joined",
       [](const StateChange& change) {
         return change.old_text() != change.new_text() && !change.recovered &&
                change.new_state->attribute("device_class") == Json("power") &&
                change.new_state->attribute("unit_of_measurement") == Json("W") &&
                change.context.user_id.empty();
       },
       P::state_did_change() && !P::recovered() && P::attr_to("device_class", "power") &&
           P::value_is(A::attr_new("unit_of_measurement"), C::is_in({"W", "kW"})) &&
           !P::from_user()},
  };
  Inside home;
  std::size_t first = 0;
  const std::size_t plain = first;
  const auto listen = [&](const StateChangeOptions& options) {
    const std::size_t begin = first;
    for (; first < begin + kEach; ++first) home.add(home.id(first), kHandler, options);
    return begin;
  };
  listen({.name = ""});
  for (const Question& question : questions) {
    const std::size_t hand = listen(where(question.by_hand));
    const std::size_t composed = listen(where(question.composed));
    Comparison comparison;
    Comparison beside_none;
    for (int round = 0; round < (quick ? 2 : 31); ++round) {
      const int times = quick ? 2 : 100;
      const double none = a_change(home, plain, times);
      const double by_hand = a_change(home, hand, times);
      comparison.add(by_hand, a_change(home, composed, times));
      beside_none.add(none, by_hand);
    }
    Figure figure = comparison.figure(
        fmt::format("an event with a predicate ({}), against the same by hand", question.name),
        "ns/event", "<= 1.5");
    if (!quick) figure.met = figure.ratio <= 1.5;
    print(figure);
    print(beside_none.figure(
        fmt::format("… that one by hand, against no predicate ({})", question.name), "ns/event",
        ""));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  const std::vector<std::size_t> counts = {10, 1'000, quick ? 2'000U : 100'000U};
  std::vector<std::unique_ptr<House>> houses;
  for (const std::size_t listeners : counts) houses.push_back(std::make_unique<House>(listeners));
  by_kind(quick, counts, houses);
  against_the_simple_one(quick, counts, houses);
  predicates(quick);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_match: %s\n", error.what());
  return 1;
}
