#include "app/job_entities.hpp"

#include <vector>

#include "base/nearest.hpp"
#include "state/nearest.hpp"

namespace hassette::app {

class JobEntities::Watching final : public schedule::Watch {
 public:
  Watching(Calls& calls, Calls::iterator at) : calls_(calls), at_(at) {}
  ~Watching() override { calls_.erase(at_); }

 private:
  Calls& calls_;
  Calls::iterator at_;
};

std::optional<State> JobEntities::read(const EntityId& entity) const {
  const state::Entity* found = cache_.find(entity.str());
  return found ? found->state : std::nullopt;
}

std::unique_ptr<schedule::Watch> JobEntities::watch(const EntityId& entity,
                                                    std::function<void()> changed) {
  Calls& calls = watched_[entity.str()];
  const auto at = calls.insert(calls.end(), std::move(changed));
  return std::make_unique<Watching>(calls, at);
}

void JobEntities::changed(std::string_view entity_id) {
  if (watched_.empty()) return;
  const auto found = watched_.find(std::string(entity_id));
  if (found == watched_.end()) return;
  // A call may end its own watch, and others.
  std::vector<std::function<void()>> calls(found->second.begin(), found->second.end());
  for (const auto& call : calls) call();
}

std::string JobEntities::did_you_mean(const EntityId& entity) const {
  return base::did_you_mean(state::nearest(cache_, entity.str(), 1));
}

}  // namespace hassette::app
