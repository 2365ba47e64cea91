#pragma once
// layer: state
//
// states: the home as it is now, from the local cache; plain reads, no waiting.
//
// The cache takes every change in the order in which Home Assistant sent it, before a later reply
// resumes its caller: a read right after `co_await api.turn_on(…)` is fresh. While Home Assistant
// is away the last known values stay. Loop thread only.
#include <hassette/found.hpp>
#include <hassette/state.hpp>
#include <hassette/states/binary_sensor.hpp>
#include <hassette/states/input_boolean.hpp>
#include <hassette/states/light.hpp>
#include <hassette/states/sensor.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hassette {

namespace state {
class Cache;
}

class States {
 public:
  explicit States(const state::Cache& cache) : cache_(&cache) {}

  /// The entity's state; empty if the home has no such entity, which to use throws.
  Found<State> get(const EntityId& id) const;
  /// As a typed view; Error("domain") if the entity is of another domain.
  template <StateView T>
  Found<T> get(const EntityId& id) const {
    return viewed<T>(get_in_domain(id, T::kDomain));
  }
  /// All states of the home, or of one domain, by entity id.
  std::vector<State> all() const;
  std::vector<State> all(std::string_view domain) const;
  std::size_t size() const;

  /// The entities of one domain, by short or full id: `states.light().get("kitchen")`.
  template <StateView T>
  class Domain {
   public:
    explicit Domain(const States& states) : states_(&states) {}
    Found<T> get(const EntityId& id) const { return states_->get<T>(id); }
    std::vector<T> all() const {
      std::vector<T> views;
      for (State& state : states_->all(T::kDomain)) views.emplace_back(std::move(state));
      return views;
    }

   private:
    const States* states_;
  };
  Domain<states::Light> light() const { return Domain<states::Light>(*this); }
  Domain<states::BinarySensor> binary_sensor() const { return Domain<states::BinarySensor>(*this); }
  Domain<states::Sensor> sensor() const { return Domain<states::Sensor>(*this); }
  Domain<states::InputBoolean> input_boolean() const { return Domain<states::InputBoolean>(*this); }

  /// Persons, or device trackers where the home has no persons. Without either: false, false, true.
  bool anybody_home() const;
  bool everybody_home() const;
  bool nobody_home() const { return !anybody_home(); }

 private:
  template <StateView T>
  static Found<T> viewed(Found<State> state) {
    if (!state) return Found<T>::nothing(state.missing());
    return T(*std::move(state));
  }
  Found<State> get_in_domain(const EntityId& id, std::string_view domain) const;
  const state::Cache* cache_;
};

}  // namespace hassette
