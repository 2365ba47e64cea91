// Helpers that a user makes in the interface: input_*, counter and timer, with their storage items.
//
// Each item has an entity, which the services of its domain then change. Owned by the Home, used on
// its loop's thread. What is refused is thrown as CommandFailure.
#pragma once

#include <hassette/json.hpp>
#include <map>
#include <string>
#include <string_view>

#include "sim/failure.hpp"
#include "sim/schema.hpp"

namespace hassette::sim {

class Home;

class Collections {
 public:
  explicit Collections(Home& home) : home_(home) {}

  [[nodiscard]] static bool covers(std::string_view domain);
  [[nodiscard]] Json list(std::string_view domain) const;
  // `fields` as the client sent them, without id and type; `update` names the item as {domain}_id
  // and replaces it whole: what is not sent again is gone.
  Json create(const std::string& domain, Json fields);
  Json update(const std::string& domain, Json fields);
  void remove(const std::string& domain, const std::string& id);

 private:
  [[nodiscard]] Json checked(const std::string& domain, Json fields) const;
  Json* find(std::string_view domain, std::string_view id);
  [[noreturn]] static void throw_unknown(const std::string& domain, const std::string& id);

  Home& home_;
  std::map<std::string, Json, std::less<>> items_;
};

// What the entity of a helper shows, from its storage item; also for those of a house.
[[nodiscard]] Json helper_attributes(std::string_view domain, const Json& item, bool editable);
[[nodiscard]] std::string helper_state(Home& home, std::string_view domain, const Json& item);
// "2026-11-23", "00:00:00" or both, and the attributes that spell it out.
[[nodiscard]] Json datetime_attributes(Home& home, std::string_view state, bool date, bool time);

}  // namespace hassette::sim
