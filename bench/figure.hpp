#pragma once
// Figures: how a benchmark measures and what it prints, one JSON object a line, for bench/run.py.
//
// A comparison is made of rounds, in each of which the baseline and ours run once, so that whatever
// else the machine does meets both; the ratio is the median of the rounds' ratios. Single-threaded.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

double median(std::vector<double> values);
/// The value that this part (0…1) of the values lies below.
double quantile(std::vector<double> values, double part);

/// Processor time that the calling thread has used.
std::chrono::nanoseconds thread_time();
double seconds(std::chrono::nanoseconds duration);

/// One line of the table. `goal` is what the ratio is held against, in words.
struct Figure {
  std::string name;
  std::string unit;
  std::string goal;
  std::optional<double> baseline;  // medians
  double ours = 0;
  std::optional<double> ratio;
  std::optional<double> ratio_low;  // the rounds' extremes
  std::optional<double> ratio_high;
  std::optional<bool> met;
};
void print(const Figure& figure);

/// Collects the rounds of a comparison; ratio is ours / baseline.
class Comparison {
 public:
  void add(double baseline, double ours);
  Figure figure(std::string name, std::string unit, std::string goal) const;

 private:
  std::vector<double> baseline_;
  std::vector<double> ours_;
  std::vector<double> ratios_;
};

/// True if the arguments hold --quick: everything runs, briefly, and the figures mean nothing.
bool is_quick(int argc, char** argv);

}  // namespace bench
