#pragma once
// layer: bus
//
// What conditions and predicates have in common: shared, immutable parts that are asked and joined.
//
// Apps use Condition, ChangeCondition and Where, which are made of these. `&&`, `||` and `!` stop
// at the first answer, like the operators of the language; joined parts are flattened, so that a
// summary reads like a sentence. Any thread that the functions in a part allow.
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

namespace hassette::bus {

/// Of those that `&&` joins. There may be more than it can count: the last number stands for the
/// rest.
using PartNumber = std::uint8_t;
inline constexpr PartNumber kNoPart = 0xFF;

template <class... In>
class Part {
 public:
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  virtual ~Part() = default;
  virtual bool accepts(const In&... in) const = 0;
  virtual std::string summary() const = 0;
  /// Asks, each of its own parts at most once, and gives the number of the first that says no.
  virtual PartNumber refusing(const In&... in) const { return accepts(in...) ? kNoPart : 0; }
  virtual std::string part_summary(PartNumber /*number*/) const { return summary(); }
  /// Joined from several, so that a reader needs parentheses around it.
  virtual bool is_joined() const { return false; }
};

template <class... In>
using PartPtr = std::shared_ptr<const Part<In...>>;

// Defined, for every kind that there is, in src/bus/predicate_part.cpp. Null accepts everything.
template <class... In>
PartPtr<In...> both(const PartPtr<In...>& first, const PartPtr<In...>& second);
template <class... In>
PartPtr<In...> either(const PartPtr<In...>& first, const PartPtr<In...>& second);
template <class... In>
PartPtr<In...> negated(const PartPtr<In...>& part);

/// A function with the text that describes it.
template <class F, class... In>
class FunctionPart final : public Part<In...> {
 public:
  FunctionPart(std::string summary, F function)
      : summary_(std::move(summary)), function_(std::move(function)) {}
  bool accepts(const In&... in) const override { return function_(in...); }
  std::string summary() const override { return summary_; }

 private:
  std::string summary_;
  F function_;
};

template <class... In, class F>
PartPtr<In...> function_part(std::string summary, F function) {
  return std::make_shared<const FunctionPart<F, In...>>(std::move(summary), std::move(function));
}

/// "motion.cpp:31"
std::string short_place(const std::source_location& place);

/// The value that authors hold: copies share their parts.
template <class Self, class... In>
class Joinable {
 public:
  static Self of(PartPtr<In...> part) {
    Self made;
    made.part_ = std::move(part);
    return made;
  }
  bool is_set() const { return part_ != nullptr; }
  /// For logs and the page: `above 20 and below 30`.
  std::string summary() const { return part_ ? part_->summary() : "anything"; }

  friend Self operator&&(const Self& first, const Self& second) {
    return of(both<In...>(first.part_, second.part_));
  }
  friend Self operator||(const Self& first, const Self& second) {
    return of(either<In...>(first.part_, second.part_));
  }
  friend Self operator!(const Self& it) { return of(negated<In...>(it.part_)); }

 protected:
  Joinable() = default;
  explicit Joinable(PartPtr<In...> part) : part_(std::move(part)) {}
  ~Joinable() = default;
  Joinable(const Joinable&) = default;
  Joinable(Joinable&&) noexcept = default;
  Joinable& operator=(const Joinable&) = default;
  Joinable& operator=(Joinable&&) noexcept = default;
  bool asked(const In&... in) const { return !part_ || part_->accepts(in...); }
  PartNumber asked_parts(const In&... in) const { return part_ ? part_->refusing(in...) : kNoPart; }

  PartPtr<In...> part_;
};

}  // namespace hassette::bus
