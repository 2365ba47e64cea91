#pragma once
// A change as text and back, for the ledger: what began a durable hold outlives its process, with
// everything that its handler may ask for. Any thread.
#include <optional>
#include <string>
#include <string_view>

#include <hassette/event.hpp>

namespace hassette::bus {

std::string write_change(const StateChange& change);
/// Nothing where the text is none of such a change, as after a hand has been in the file.
std::optional<StateChange> read_change(std::string_view entity_id, std::string_view text);

}  // namespace hassette::bus
