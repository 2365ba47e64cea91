#pragma once
// JobEntities: the cache, as jobs see it whose time stands in an entity.
//
// The engine tells it of every change; it calls the jobs that watch that entity. Owned by the
// engine, for longer than the timetable; loop thread only.
#include <list>
#include <unordered_map>

#include "schedule/ports.hpp"
#include "state/cache.hpp"

namespace hassette::app {

class JobEntities final : public schedule::EntitySource {
 public:
  explicit JobEntities(const state::Cache& cache) : cache_(cache) {}

  std::optional<State> read(const EntityId& entity) const override;
  std::unique_ptr<schedule::Watch> watch(const EntityId& entity,
                                         std::function<void()> changed) override;
  std::string did_you_mean(const EntityId& entity) const override;

  void changed(std::string_view entity_id);

 private:
  using Calls = std::list<std::function<void()>>;
  class Watching;

  const state::Cache& cache_;
  std::unordered_map<std::string, Calls> watched_;
};

}  // namespace hassette::app
