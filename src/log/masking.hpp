#pragma once
// Replaces known secrets in texts. Any thread; reading is cheap while nothing is hidden.
#include <atomic>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::log {

class Masking {
 public:
  void hide(std::string_view secret);
  void apply(std::string& text) const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<std::string> secrets_;
  std::atomic<bool> any_ = false;
};

}  // namespace hassette::log
