// Parts that are joined from others: and, or, not; for every kind of question.
#include <hassette/predicate_part.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include <hassette/condition.hpp>
#include <hassette/where.hpp>

namespace hassette::bus {

namespace {

template <class... In>
std::string in_parentheses(const Part<In...>& part) {
  return part.is_joined() ? fmt::format("({})", part.summary()) : part.summary();
}

template <class... In>
class Joined : public Part<In...> {
 public:
  explicit Joined(std::vector<PartPtr<In...>> its_parts) : parts(std::move(its_parts)) {}
  bool is_joined() const override { return true; }

  const std::vector<PartPtr<In...>> parts;

 protected:
  std::string join(std::string_view word) const {
    std::string text;
    for (const PartPtr<In...>& part : parts) {
      if (!text.empty()) text += word;
      text += in_parentheses(*part);
    }
    return text;
  }
};

template <class... In>
class All final : public Joined<In...> {
 public:
  using Joined<In...>::Joined;
  bool accepts(const In&... in) const override {
    return std::ranges::all_of(this->parts, [&](const auto& part) { return part->accepts(in...); });
  }
  std::string summary() const override { return this->join(" and "); }
  PartNumber refusing(const In&... in) const override {
    for (std::size_t number = 0; number < this->parts.size(); ++number) {
      if (this->parts[number]->accepts(in...)) continue;
      return static_cast<PartNumber>(std::min<std::size_t>(number, kNoPart - 1));
    }
    return kNoPart;
  }
  std::string part_summary(PartNumber number) const override {
    return number < this->parts.size() ? this->parts[number]->summary() : summary();
  }
};

template <class... In>
class Any final : public Joined<In...> {
 public:
  using Joined<In...>::Joined;
  bool accepts(const In&... in) const override {
    return std::ranges::any_of(this->parts, [&](const auto& part) { return part->accepts(in...); });
  }
  std::string summary() const override { return this->join(" or "); }
};

template <class... In>
class Not final : public Part<In...> {
 public:
  explicit Not(PartPtr<In...> its_part) : part(std::move(its_part)) {}
  bool accepts(const In&... in) const override { return !part->accepts(in...); }
  std::string summary() const override { return "not " + in_parentheses(*part); }

  const PartPtr<In...> part;
};

/// `a && b && c` is one part of three, whichever of the operators came first.
template <template <class...> class Kind, class... In>
PartPtr<In...> joined(const PartPtr<In...>& first, const PartPtr<In...>& second) {
  std::vector<PartPtr<In...>> parts;
  for (const PartPtr<In...>* side : {&first, &second}) {
    if (const auto* same = dynamic_cast<const Kind<In...>*>(side->get())) {
      parts.insert(parts.end(), same->parts.begin(), same->parts.end());
    } else {
      parts.push_back(*side);
    }
  }
  return std::make_shared<const Kind<In...>>(std::move(parts));
}

}  // namespace

template <class... In>
PartPtr<In...> both(const PartPtr<In...>& first, const PartPtr<In...>& second) {
  if (!first) return second;
  return second ? joined<All, In...>(first, second) : first;
}

template <class... In>
PartPtr<In...> either(const PartPtr<In...>& first, const PartPtr<In...>& second) {
  return first && second ? joined<Any, In...>(first, second) : nullptr;
}

template <class... In>
PartPtr<In...> negated(const PartPtr<In...>& part) {
  if (!part) return function_part<In...>("nothing", [](const In&...) { return false; });
  if (const auto* twice = dynamic_cast<const Not<In...>*>(part.get())) return twice->part;
  return std::make_shared<const Not<In...>>(part);
}

#define HASSETTE_JOINED(...)                                                                      \
  template PartPtr<__VA_ARGS__> both(const PartPtr<__VA_ARGS__>&, const PartPtr<__VA_ARGS__>&);   \
  template PartPtr<__VA_ARGS__> either(const PartPtr<__VA_ARGS__>&, const PartPtr<__VA_ARGS__>&); \
  template PartPtr<__VA_ARGS__> negated(const PartPtr<__VA_ARGS__>&)

HASSETTE_JOINED(Value);
HASSETTE_JOINED(Value, Value);
HASSETTE_JOINED(StateChange, Moment);
HASSETTE_JOINED(Event, Moment);
#undef HASSETTE_JOINED

std::string short_place(const std::source_location& place) {
  return fmt::format("{}:{}", std::filesystem::path(place.file_name()).filename().string(),
                     place.line());
}

}  // namespace hassette::bus
