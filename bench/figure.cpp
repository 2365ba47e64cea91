#include "figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <hassette/json.hpp>

namespace bench {

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + place);
  return values[static_cast<std::size_t>(place)];
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

std::chrono::nanoseconds thread_time() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

void print(const Figure& figure) {
  hassette::Json line = {
      {"name", figure.name}, {"unit", figure.unit}, {"goal", figure.goal}, {"ours", figure.ours}};
  const auto add = [&](const char* key, const auto& value) {
    if (value) line[key] = *value;
  };
  add("baseline", figure.baseline);
  add("ratio", figure.ratio);
  add("ratio_low", figure.ratio_low);
  add("ratio_high", figure.ratio_high);
  add("met", figure.met);
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

void Comparison::add(double baseline, double ours) {
  baseline_.push_back(baseline);
  ours_.push_back(ours);
  ratios_.push_back(ours / baseline);
}

Figure Comparison::figure(std::string name, std::string unit, std::string goal) const {
  return {.name = std::move(name),
          .unit = std::move(unit),
          .goal = std::move(goal),
          .baseline = median(baseline_),
          .ours = median(ours_),
          .ratio = median(ratios_),
          .ratio_low = std::ranges::min(ratios_),
          .ratio_high = std::ranges::max(ratios_)};
}

bool is_quick(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc,
                     [](std::string_view argument) { return argument == "--quick"; });
}

}  // namespace bench
