// The commands of the WebSocket API: a table from type to schema and behaviour.
//
// Built once and never changed; any thread may read it. A command throws CommandFailure to refuse.
#pragma once

#include <cstdint>
#include <functional>
#include <hassette/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/schema.hpp"
#include "sim/session.hpp"

namespace hassette::sim {

struct Command {
  // Beside id and type.
  Schema schema;
  std::function<void(Session&, std::uint64_t id, const Json& message)> run;
  bool admin = false;
  // Unknown until this integration is loaded.
  std::string component;
};

class CommandTable {
 public:
  using Run = std::function<void(Session&, std::uint64_t id, const Json& message)>;

  static const CommandTable& standard();
  [[nodiscard]] const Command* find(std::string_view type) const;
  void add(std::string type, std::vector<Field> fields, Run run, std::string component = {});
  void add_for_admin(std::string type, std::vector<Field> fields, Run run,
                     std::string component = {});

 private:
  std::map<std::string, Command, std::less<>> commands_;
};

void add_core_commands(CommandTable& table);
void add_live_commands(CommandTable& table);
void add_registry_commands(CommandTable& table);
void add_history_commands(CommandTable& table);

}  // namespace hassette::sim
