#pragma once
// What options of the command line that take a number allow, said in words.
//
// CLI11 reads the number itself and says of other text only that it could not convert it; these are
// asked before. Values; one thread.
#include <cstdint>
#include <functional>
#include <string>

namespace hassette::cli {

/// What is wrong with a text; empty where nothing is. CLI11 takes one as an option's check.
using NumberCheck = std::function<std::string(const std::string&)>;

/// "must be a whole number from 0 to 65535, but is `-1`"
NumberCheck whole_number(std::uint64_t max);

/// "must be a number above 0 and at most 10000, but is `fast`"
NumberCheck positive_number(double max);

}  // namespace hassette::cli
