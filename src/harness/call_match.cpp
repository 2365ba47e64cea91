#include "harness/call_match.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hassette::harness {

namespace {

bool same(const Json& wanted, const Json& found) {
  if (wanted == found) return true;
  if (wanted.is_number() && found.is_number()) {
    return wanted.get<double>() == found.get<double>();
  }
  if (found.is_array() && !wanted.is_array()) {
    return found.as_array().size() == 1 && same(wanted, found.as_array().front());
  }
  if (wanted.is_array() && !found.is_array()) return same(found, wanted);
  return false;
}

/// The keys that differ, as "brightness is 100, not 200".
std::vector<std::string> differences(const Json& wanted, const Json& found) {
  std::vector<std::string> texts;
  if (!wanted.is_object()) return texts;
  for (const auto& [key, value] : wanted.as_object()) {
    const Json& there = found[key];
    if (same(value, there)) continue;
    texts.push_back(there.is_null() ? fmt::format("`{}` is missing", key)
                                    : fmt::format("`{}` is {}", key, there.dump()));
  }
  return texts;
}

std::string shown(std::string_view service, const Json& data) {
  return data.is_null() || data.empty() ? std::string(service)
                                        : fmt::format("{} {}", service, data.dump());
}

}  // namespace

bool matches(const RecordedCall& call, std::string_view service, const Json& data) {
  return call.service == service && differences(data, call.data).empty();
}

std::string explain_missing(const std::vector<RecordedCall>& calls, std::string_view service,
                            const Json& data) {
  std::string text = fmt::format("{} was not called", shown(service, data));
  // The service first, then as few differing keys as possible, then the latest.
  const auto distance = [&](const RecordedCall& call) {
    const std::size_t keys = differences(data, call.data).size();
    return std::pair(call.service != service, keys);
  };
  const RecordedCall* nearest = nullptr;
  for (const RecordedCall& call : calls) {
    if (!nearest || distance(call) <= distance(*nearest)) nearest = &call;
  }
  if (!nearest) return text + "; no service was called at all";
  text += fmt::format("\n  nearest call: {} by {}", shown(nearest->service, nearest->data),
                      nearest->app.empty() ? "(nobody)" : nearest->app);
  if (nearest->service == service) {
    for (const std::string& difference : differences(data, nearest->data)) {
      text += "\n    there " + difference;
    }
  }
  if (!nearest->error.empty()) text += "\n    it was refused: " + nearest->error;
  return text + fmt::format("\n  calls in all: {}", calls.size());
}

}  // namespace hassette::harness
