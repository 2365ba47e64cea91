#pragma once
// For tests only: what the log says of one app while this lives.
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

  std::vector<std::string> lines() const {
    std::vector<std::string> texts;
    for (const RingSink::Line& line : ring_->lines(100)) {
      if (line.record.app == app_) texts.push_back(line.record.message);
    }
    return texts;
  }

 private:
  std::string app_;
  std::shared_ptr<RingSink> ring_ = std::make_shared<RingSink>(100);
};

}  // namespace hassette::log
