#pragma once
// Coverage: how often which kind of thing happened in the tapes that were played.
//
// The model counts, since it knows why it does something; where product and model agree, the
// counts hold for both. A suite in which one of these never happens tests less than it says.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::simulation {

/// Every kind that there is, in the order in which they are printed.
const std::vector<std::string>& kinds();

class Coverage {
 public:
  static constexpr std::size_t kMost = 128;

  /// Throws std::logic_error for a kind that is not in the list.
  void count(std::string_view kind);
  /// By the place in `kinds()`.
  std::uint64_t of(std::size_t place) const { return counts_.at(place); }

 private:
  std::array<std::uint64_t, kMost> counts_{};
};

}  // namespace hassette::simulation
