#include <hassette/inject.hpp>

#include <fmt/format.h>

namespace hassette::inject {

State require_domain(const State& state, std::string_view domain) {
  if (state.domain() == domain) return state;
  throw InjectionError(fmt::format("the handler asks for a state of `{}`, but the entity is {}",
                                   domain, state.entity_id().str()));
}

void throw_absent(const StateChange& change, bool old_side) {
  throw InjectionError(
      old_side
          ? fmt::format("{} has just appeared and has no old state; ask for D::MaybeStateOld<>",
                        change.entity_id.str())
          : fmt::format("{} was removed and has no new state; ask for D::MaybeStateNew<>",
                        change.entity_id.str()));
}

}  // namespace hassette::inject
