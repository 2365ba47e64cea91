// What the simulated home refuses, in Home Assistant's code and words.
//
// A value that is thrown on the loop's thread and caught where a command or a service call is
// answered; it never leaves the layer.
#pragma once

#include <hassette/json.hpp>
#include <string>
#include <utility>

namespace hassette::sim {

struct CommandFailure {
  std::string code;
  std::string message;
  // translation_key, translation_placeholders, translation_domain; null where there are none.
  Json translation;
};

// An action was asked for something that it cannot do with these values.
[[nodiscard]] inline CommandFailure validation_failure(const std::string& message, std::string key,
                                                       Json placeholders, std::string domain) {
  return {"service_validation_error", "Validation error: " + message,
          Json::object({{"translation_key", std::move(key)},
                        {"translation_placeholders", std::move(placeholders)},
                        {"translation_domain", std::move(domain)}})};
}

}  // namespace hassette::sim
