#pragma once
// The place where one request's answer arrives; it lives in the frame that waits for it.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <hassette/async.hpp>

namespace hassette::ha {

struct Reply {
  using Table = std::unordered_map<std::uint64_t, Reply*>;

  Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    if (table) table->erase(id);
  }
  /// The command leaves under this id: what is answered to it comes here, for as long as this
  /// lives.
  void enter(Table& its_table, std::uint64_t its_id) {
    table = &its_table;
    id = its_id;
    table->emplace(id, this);
  }

  Table* table = nullptr;
  std::uint64_t id = 0;  ///< 0: not sent
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
    table = nullptr;
    arrived.set();
    pushed.set();
  }
};

}  // namespace hassette::ha
