#pragma once
// For tests only: what the log says of one app while this lives.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.hpp"
#include "log/ring_sink.hpp"

namespace hassette::log {

class Heard {
 public:
  explicit Heard(std::string app) : app_(std::move(app)) { add_sink(ring_); }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;
  ~Heard() { remove_sink(*ring_); }

  /// The messages; one that was repeated has how often it was said behind it: "message ×2".
  std::vector<std::string> lines() const {
    std::vector<std::string> texts;
    for (const RingSink::Line& line : ring_->lines(100)) {
      if (line.record.app != app_) continue;
      const std::string times = line.times > 1 ? fmt::format(" ×{}", line.times) : "";
      texts.push_back(line.record.message + times);
    }
    return texts;
  }

 private:
  std::string app_;
  std::shared_ptr<RingSink> ring_ = std::make_shared<RingSink>(100);
};

}  // namespace hassette::log
