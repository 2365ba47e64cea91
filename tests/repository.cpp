#include "base/repository_testing.hpp"

namespace hassette::base {

std::string repository() {
  return HASSETTE_REPOSITORY;  // cmake/layers.cmake defines it, for this file alone
}

}  // namespace hassette::base
