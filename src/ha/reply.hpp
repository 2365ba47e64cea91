#pragma once
// The place where one request's answer arrives; it lives in the frame that waits for it.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <hassette/async.hpp>

namespace hassette::ha {

struct Reply {
  AsyncEvent arrived;
  bool success = false;
  bool lost = false;  ///< the connection ended first
  std::string result;
  std::string error_code;
  std::string error_message;
  /// Takes the result's text where it is read, in wire order, instead of keeping it.
  std::function<void(std::string_view)> on_result;
  /// The first event that the subscription pushes, where one is waited for.
  AsyncEvent pushed;
  std::optional<std::string> push;

  void lose() {
    lost = true;
    arrived.set();
    pushed.set();
  }
};

}  // namespace hassette::ha
