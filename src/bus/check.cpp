#include "bus/check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include "base/glob.hpp"
#include "bus/router.hpp"
#include "run/runner.hpp"

namespace hassette::bus {

using std::chrono::nanoseconds;

void refuse(const Registrant& who, std::string_view why) {
  throw Error("registration",
              fmt::format("listener `{}`: {} [{}]", who.name, why, run::short_place(who.where)));
}

void refuse(const Listener& listener, std::string_view why) {
  refuse({listener.source().name, listener.source().where}, why);
}

namespace {

/// Beyond this, a number was meant to be another.
constexpr nanoseconds kLongest = std::chrono::hours(10 * 366 * 24);

void check_name(const Registrant& who) {
  if (who.name.empty())
    refuse(who, ".name is empty; give it a name that the log and the page can show");
}

void check_length(const Registrant& who, std::string_view option, nanoseconds length,
                  std::string_view otherwise) {
  if (length <= nanoseconds(0)) {
    refuse(who, fmt::format("{} must be longer than zero; {}", option, otherwise));
  }
  if (length > kLongest) refuse(who, fmt::format("{} is longer than ten years", option));
}

/// What options of every kind have in common.
template <class Options>
void check_times(const Registrant& who, const Options& options) {
  constexpr std::string_view kLeaveOut = "leave it out to run at once";
  if (options.debounce) check_length(who, ".debounce", *options.debounce, kLeaveOut);
  if (options.throttle.is_set()) {
    check_length(who, ".throttle", options.throttle.every(), kLeaveOut);
  }
  if (options.timeout && options.timeout->get() != kNoTimeout) {
    check_length(who, ".timeout", *options.timeout, "for a run without a limit write kNoTimeout");
  }
  if (options.debounce && options.throttle.is_set()) {
    refuse(who,
           ".debounce (wait until it is quiet) contradicts .throttle (run at once, then rest); use "
           "one of them");
  }
  const std::uint32_t limit = options.mode.limit();
  if (limit < 1 || limit > Mode::kMost) {
    refuse(who, fmt::format(".mode has a limit of {}; it must be 1 to {}", limit, Mode::kMost));
  }
}

void check_contradictions(const Registrant& who, const StateChangeOptions& options) {
  if (options.duration) {
    check_length(who, ".duration", *options.duration, "leave it out to run at once");
    if (options.debounce) {
      refuse(who,
             ".duration (it has stayed so) contradicts .debounce (it has been quiet); use one of "
             "them");
    }
    if (options.throttle.is_set()) {
      refuse(who,
             ".duration (it has stayed so) contradicts .throttle (run at once, then rest); use one "
             "of them");
    }
  }
  if (options.durable && !options.duration) {
    refuse(who,
           ".durable (remember it over a restart) needs .duration: only a wait that is under way "
           "can be remembered");
  }
  if (!options.durable && (options.missed || options.interrupted)) {
    refuse(who,
           fmt::format(".{} needs .durable = true", options.missed ? "missed" : "interrupted"));
  }
  if (!options.changed.must() && options.changed_from.is_set()) {
    refuse(who,
           ".changed = false (run for every update) contradicts .changed_from, which asks for a "
           "change of the value");
  }
  if (options.immediate && options.changed_from.is_set()) {
    refuse(who,
           ".immediate (run for what is there now) contradicts .changed_from: what is there now "
           "has changed from nothing");
  }
  if (options.immediate && options.changed.how().is_set()) {
    refuse(who,
           ".immediate (run for what is there now) contradicts .changed, which compares it with "
           "what was before");
  }
}

void check_id(const Registrant& who, const std::string& id, std::string_view domain) {
  const bool glob = base::is_glob(id);
  if (!glob && !is_valid_entity_id(id)) {
    refuse(who,
           fmt::format("`{}` cannot be an entity id; write it as domain.object_id, in lower case",
                       id));
  }
  const EntityId entity(id);
  const std::string_view of = entity.domain();
  // A glob may still name its domain: `light.*`.
  if (domain.empty() || of == domain || base::is_glob(of) || (glob && of.empty())) return;
  refuse(who,
         fmt::format("its handler asks for a state of `{}`, but it listens to {}", domain, id));
}

void check_entities(const Registrant& who, const Entities& entities, std::string_view domain,
                    const Owner& owner) {
  for (const std::string& id : entities.ids()) check_id(who, id, domain);
  for (const std::string& id : entities.groups()) check_id(who, id, {});
  const Target& target = entities.target();
  for (const std::string& id : target.entity_id.list()) check_id(who, id, domain);
  const bool by_registry = !target.area_id.empty() || !target.device_id.empty() ||
                           !target.floor_id.empty() || !target.label_id.empty();
  if (by_registry && !owner.router->has_membership()) {
    refuse(who, "areas, floors, devices and labels are not known here; name the entities");
  }
  if (entities.ids().empty() && entities.groups().empty() && target.entity_id.empty() &&
      !by_registry) {
    refuse(who, "it listens to nothing: the list of entities is empty");
  }
}

void check_durable(const Registrant& who, const Entities& entities,
                   const StateChangeOptions& options, const Owner& owner) {
  if (!options.durable) return;
  if (entities.is_target() || !entities.groups().empty()) {
    refuse(who,
           ".durable (remember it over a restart) contradicts a target or a group, whose members "
           "may be others by then; name the entities");
  }
  if (!owner.router->ledger()) {
    refuse(who, ".durable = true, but this engine keeps no ledger of holds");
  }
}

template <class Options>
Policy common_policy(const Options& options, const Owner& owner) {
  Policy policy{.mode = options.mode,
                .timeout = options.timeout ? nanoseconds(*options.timeout) : owner.timeout,
                .debounce = {},
                .throttle = options.throttle,
                .priority = options.priority,
                .once = options.once,
                .on_error = options.on_error};
  if (options.debounce) policy.debounce = *options.debounce;
  return policy;
}

}  // namespace

void check(const Entities& entities, const std::optional<std::string>& attribute,
           std::string_view domain, const StateChangeOptions& options, const Owner& owner,
           const std::source_location& where) {
  const Registrant who{options.name, where};
  check_name(who);
  check_entities(who, entities, domain, owner);
  check_times(who, options);
  check_contradictions(who, options);
  check_durable(who, entities, options, owner);
  if (attribute && attribute->empty()) {
    refuse(who, "the attribute has no name; for the state itself use bus.on_state_change");
  }
}

void check(const EventQuestion& question, const EventOptions& options,
           const std::source_location& where) {
  const Registrant who{options.name, where};
  check_name(who);
  if (question.type.empty() || question.type == "*") {
    refuse(who, "name one event type; for state changes use bus.on_state_change");
  }
  if (question.type == "state_changed") {
    refuse(who, "`state_changed` comes through bus.on_state_change(\"*\", …)");
  }
  if (question.type == "call_service") {
    for (const auto& [key, text] : question.data) {
      if (text.contains('.')) {
        refuse(who,
               "write domain and service apart: bus.on_call_service(\"light\", \"turn_on\", …)");
      }
    }
  }
  check_times(who, options);
}

StateListener::Question question_of(Entities entities, std::string attribute,
                                    StateChangeOptions& options) {
  return {.entities = std::move(entities),
          .attribute = std::move(attribute),
          .changed_from = std::move(options.changed_from),
          .changed_to = std::move(options.changed_to),
          .changed = std::move(options.changed),
          .where = std::move(options.where),
          .duration = options.duration,
          .immediate = options.immediate,
          .durable = options.durable,
          .missed = options.missed.value_or(Missed::kRunOnce),
          .interrupted = options.interrupted.value_or(Interrupted::kSkip)};
}

Policy policy_of(const StateChangeOptions& options, const Owner& owner) {
  return common_policy(options, owner);
}

Policy policy_of(const EventOptions& options, const Owner& owner) {
  return common_policy(options, owner);
}

}  // namespace hassette::bus
