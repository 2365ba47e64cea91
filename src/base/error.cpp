#include <hassette/error.hpp>

#include <ostream>
#include <utility>

namespace hassette {

namespace {
constexpr std::string_view kSeparator = ": ";
}

Error::Error(std::string code, std::string message, std::string context)
    : code_(std::move(code)), context_size_(context.size()) {
  if (context.empty()) {
    what_ = std::move(message);
  } else {
    what_ = std::move(context);
    what_.append(kSeparator).append(message);
  }
}

Error::~Error() = default;

std::string_view Error::message() const noexcept {
  const std::size_t skipped = context_size_ == 0 ? 0 : context_size_ + kSeparator.size();
  return std::string_view(what_).substr(skipped < what_.size() ? skipped : what_.size());
}

std::string_view Error::context() const noexcept {
  return std::string_view(what_).substr(0, context_size_);
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.what() << " [" << error.code() << ']';
}

TimeoutError::TimeoutError(std::string message, std::string context)
    : Error("timeout", std::move(message), std::move(context)) {}
TimeoutError::~TimeoutError() = default;

ConfigError::ConfigError(std::string message, std::string context)
    : Error("config", std::move(message), std::move(context)) {}
ConfigError::~ConfigError() = default;

LogicError::LogicError(std::string message, std::string context)
    : Error("logic", std::move(message), std::move(context)) {}
LogicError::~LogicError() = default;

}  // namespace hassette
