#include "app/service_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <hassette/error.hpp>
#include "base/nearest.hpp"

namespace hassette::app {

namespace {

/// A domain with at most so many services is listed where no name is near.
constexpr std::size_t kListed = 8;

std::string did_you_mean(const std::string& domain, std::vector<std::string> services) {
  for (std::string& service : services) service = fmt::format("{}.{}", domain, service);
  return fmt::format("did you mean {}?", base::alternatives(services));
}

std::string all_of(const std::string& domain, const std::vector<std::string>& services) {
  std::string text;
  for (const std::string& service : services) text += (text.empty() ? "" : ", ") + service;
  return fmt::format("the services of `{}` are {}", domain, text);
}

}  // namespace

ServiceNames::Names ServiceNames::parse(const Json& services) {
  Names names;
  if (!services.is_object()) return names;
  for (const auto& [domain, its] : services.as_object()) {
    if (!its.is_object()) continue;
    std::vector<std::string>& list = names[domain];
    for (const auto& [service, description] : its.as_object()) list.push_back(service);
    std::ranges::sort(list);
  }
  return names;
}

std::string ServiceNames::hint(const Names& names, std::string_view domain,
                               std::string_view service) {
  if (names.empty()) return {};
  auto found = names.find(domain);
  const bool has_domain = found != names.end();
  if (!has_domain) {
    std::vector<std::string> domains;
    for (const auto& [name, its] : names) domains.push_back(name);
    const auto near = base::nearest(domain, domains);
    if (!near) return fmt::format("the home has no services of `{}`", domain);
    found = names.find(*near);
  }
  const auto& [its_domain, its_services] = *found;
  if (std::ranges::find(its_services, service) != its_services.end()) {
    return has_domain ? std::string() : did_you_mean(its_domain, {std::string(service)});
  }
  const std::vector<std::string> near = base::nearest(service, its_services, base::kSuggestions);
  if (!near.empty()) return did_you_mean(its_domain, near);
  return its_services.size() <= kListed ? all_of(its_domain, its_services) : std::string();
}

Task<std::string> ServiceNames::hint(std::string domain, std::string service,
                                     async::MonoTime until) {
  const bool fresh = asked_at_ && loop_.now() - *asked_at_ < kFresh;
  if (reading_ || !fresh) {
    const auto limit = std::min<std::chrono::nanoseconds>(kLimit, until - loop_.io_now());
    if (limit <= std::chrono::nanoseconds::zero()) co_return std::string();
    if (!reading_) {
      co_await read(limit);
    } else {
      try {
        co_await io_timeout(read_.wait(), limit);
      } catch (const TimeoutError&) {
        co_return std::string();
      }
    }
  }
  co_return hint(names_, domain, service);
}

Task<> ServiceNames::read(std::chrono::nanoseconds limit) {
  struct Reading {
    explicit Reading(ServiceNames& its) : names(its) {
      names.reading_ = true;
      names.read_.clear();
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() {  // also where the app that asks is stopped: others wait for this
      names.reading_ = false;
      names.read_.set();
    }
    ServiceNames& names;
  } const reading(*this);
  names_.clear();
  asked_at_.reset();
  try {
    names_ = parse(co_await home_.call({{"type", "get_services"}}, "reading the services", limit));
  } catch (const TimeoutError&) {
    if (limit < kLimit) co_return;  // a home that was given less time may tell the next who asks
  } catch (const Error&) {          // the refusal that it was asked for stands without a hint
  }
  asked_at_ = loop_.now();
}

}  // namespace hassette::app
