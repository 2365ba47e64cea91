#pragma once
// layer: model
//
// State: what Home Assistant says of one entity at one moment.
//
// Immutable and cheap to copy (copies share one record); any thread. Attributes and context are
// read from Home Assistant's own text, when they are first asked for. Typed views such as
// `states::Light` derive from it and add what their domain has.
#include <hassette/entity_id.hpp>
#include <hassette/json.hpp>
#include <hassette/time.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hassette {

/// Who or what caused a change: a ULID, the context that led to it, and the user, where there is
/// one.
struct Context {
  std::string id;
  std::string parent_id;
  std::string user_id;
  friend bool operator==(const Context&, const Context&) = default;
};

namespace model {
struct StateRecord;

/// A counted reference to a record: one word, for a cache that holds a whole home. Any thread.
class RecordRef {
 public:
  /// Takes over one reference.
  explicit RecordRef(const StateRecord* record) noexcept : record_(record) {}
  RecordRef(const RecordRef& other) noexcept : record_(other.record_) {
    if (record_) share(*record_);
  }
  RecordRef(RecordRef&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  RecordRef& operator=(RecordRef other) noexcept {
    std::swap(record_, other.record_);
    return *this;
  }
  ~RecordRef() {
    if (record_) drop(*record_);
  }
  const StateRecord& operator*() const noexcept { return *record_; }
  const StateRecord* operator->() const noexcept { return record_; }

 private:
  static void share(const StateRecord& record) noexcept;
  static void drop(const StateRecord& record) noexcept;
  const StateRecord* record_;
};
}  // namespace model

class State {
 public:
  explicit State(model::RecordRef record) noexcept : record_(std::move(record)) {}

  const EntityId& entity_id() const noexcept;
  std::string_view domain() const noexcept;
  /// The state as Home Assistant writes it: "on", "21.5", "unavailable". Views add a typed
  /// `value()`.
  std::string_view text() const noexcept;
  /// "unknown": there is no value yet.
  bool is_unknown() const noexcept { return text() == "unknown"; }
  /// "unavailable": the device or its integration is gone.
  bool is_unavailable() const noexcept { return text() == "unavailable"; }
  bool has_value() const noexcept { return !is_unknown() && !is_unavailable(); }

  const Json& attributes() const;
  /// One attribute; null where it is absent.
  const Json& attribute(std::string_view name) const { return attributes()[name]; }
  /// An attribute as bool, an integer type, double or std::string, if it is there and of that kind.
  template <class T>
  std::optional<T> attribute_as(std::string_view name) const {
    return attribute(name).get<T>();
  }
  /// The name for people; the entity id where there is none.
  std::string friendly_name() const;

  TimePoint last_changed() const noexcept;  ///< when `text()` last became another
  TimePoint last_updated() const noexcept;  ///< when it or an attribute last became another
  Context context() const;

  /// True if state and attributes are equal, whenever they were written.
  bool same_value(const State& other) const;
  const model::StateRecord& record() const noexcept { return *record_; }

 private:
  model::RecordRef record_;
};

/// What a typed view says of a state of another domain.
template <class T>
concept StateView = std::derived_from<T, State> && requires {
  { T::kDomain } -> std::convertible_to<std::string_view>;
};

}  // namespace hassette
