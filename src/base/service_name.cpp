#include "base/service_name.hpp"

#include <fmt/core.h>

namespace hassette::base {

namespace {

constexpr std::string_view kJoints = "./";

}  // namespace

bool names_service(std::string_view domain, std::string_view service) {
  if (domain.empty() || service.empty() || domain.find_first_of(kJoints) != domain.npos) {
    return false;
  }
  // A service of python_script may have a slash of its own.
  return !service.starts_with(domain) || service.substr(domain.size()).find_first_of(kJoints) != 0;
}

std::string two_arguments(std::string_view call, std::string_view domain,
                          std::string_view service) {
  const bool in_domain = domain.find_first_of(kJoints) != domain.npos;
  const std::string_view joined = in_domain ? domain : service;
  const std::size_t joint = joined.find_first_of(kJoints);
  const bool has_both = joint != std::string_view::npos && joint > 0 && joint + 1 < joined.size();
  return fmt::format("domain and service are two arguments: {}(\"{}\", \"{}\", …)", call,
                     has_both ? joined.substr(0, joint) : "light",
                     has_both ? joined.substr(joint + 1) : "turn_on");
}

}  // namespace hassette::base
