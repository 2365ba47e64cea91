#include "web/patch.hpp"

#include <unordered_map>

namespace hassette::web {

namespace {
/// Finds members by name, in constant time however many there are.
std::unordered_map<std::string_view, const Json*> index(const Json::Object& members) {
  std::unordered_map<std::string_view, const Json*> found;
  found.reserve(members.size());
  for (const auto& [name, value] : members) found.emplace(name, &value);
  return found;
}
}  // namespace

Json merge_patch(const Json& from, const Json& to) {
  Json::Object patch;
  auto before = index(from.as_object());
  for (const auto& [name, value] : to.as_object()) {
    const auto found = before.find(name);
    if (found == before.end()) {
      patch.emplace_back(name, value);
      continue;
    }
    const Json& old = *found->second;
    before.erase(found);
    if (value.is_object() && old.is_object()) {
      Json inner = merge_patch(old, value);
      if (!inner.empty()) patch.emplace_back(name, std::move(inner));
    } else if (value != old) {
      patch.emplace_back(name, value);
    }
  }
  for (const auto& [name, value] : from.as_object()) {
    if (before.contains(name)) patch.emplace_back(name, nullptr);
  }
  return patch;
}

}  // namespace hassette::web
