#include "log/masking.hpp"

#include <algorithm>
#include <mutex>

namespace hassette::log {

namespace {
constexpr std::size_t kShortest = 8;
// This much of a secret's beginning counts as the secret: a text that was cut still gives it away.
constexpr std::size_t kTelling = 16;
constexpr std::string_view kMask = "***";

void replace(std::string& text, std::string_view secret) {
  const std::string_view begins = secret.substr(0, kTelling);
  for (std::size_t at = text.find(begins); at != std::string::npos; at = text.find(begins, at)) {
    const std::string_view rest = std::string_view(text).substr(at);
    const auto [differs, unused] = std::ranges::mismatch(rest, secret);
    text.replace(at, static_cast<std::size_t>(differs - rest.begin()), kMask);
    at += kMask.size();
  }
}
}  // namespace

void Masking::hide(std::string_view secret) {
  if (secret.size() < kShortest) return;
  const std::unique_lock lock(mutex_);
  if (std::ranges::find(secrets_, secret) != secrets_.end()) return;
  secrets_.emplace_back(secret);
  // The longest first: one secret may begin with another.
  std::ranges::sort(secrets_, std::greater<>(), &std::string::size);
  any_.store(true, std::memory_order_release);
}

void Masking::apply(std::string& text) const {
  if (!any_.load(std::memory_order_acquire)) return;
  const std::shared_lock lock(mutex_);
  for (const std::string& secret : secrets_) replace(text, secret);
}

}  // namespace hassette::log
