// A job whose time stands in an entity.
#include <fmt/format.h>

#include <hassette/logger.hpp>

#include "schedule/entity_time.hpp"
#include "schedule/rule.hpp"
#include "time/wall_clock.hpp"

namespace hassette::schedule {

namespace {

class EntityRule final : public Rule {
 public:
  EntityRule(EntityTime of, const RuleParts& parts)
      : of_(std::move(of)),
        entities_(*parts.ports.entities),
        clock_(parts.options.clock.value_or(WallClockRule())),
        app_(parts.app) {}

  std::string describe() const override {
    return fmt::format("{}the time in {}{}{}", describe_offset(of_.offset), of_.entity,
                       of_.attribute.empty() ? "" : "." + of_.attribute,
                       of_.daily ? ", daily" : "");
  }

  void attach(const std::function<void()>& changed) override {
    watch_ = entities_.watch(of_.entity, changed);
    if (entities_.read(of_.entity)) return;
    Logger(app_).warning("there is no entity `{}` in the home{}; the job waits until there is",
                         of_.entity, entities_.did_you_mean(of_.entity));
  }
  void detach() override { watch_.reset(); }

  /// Asked again whenever the entity changes: a time that came stays done.
  std::optional<Due> first(const Now& now) override {
    const NamedTime named = read();
    if (const auto* moment = std::get_if<TimePoint>(&named)) return once_or_daily(*moment, now);
    if (const auto* local = std::get_if<LocalMoment>(&named)) {
      const time::Zone& zone = now.place.zone;
      if (of_.daily) return each_day(local->time, now.wall, now);
      return once_or_daily(zone.resolve(local->date, local->time, clock_), now);
    }
    if (const auto* time = std::get_if<TimeOfDay>(&named)) {
      if (!of_.daily && time_done_ == *time)
        return waiting("its time has come and it is set no other");
      return each_day(*time, now.wall, now);
    }
    return std::nullopt;
  }

  std::optional<Due> next(const Due& came, const Now& now) override {
    const TimePoint moment = std::get<TimePoint>(came);
    done_ = moment;
    const NamedTime named = read();
    if (const auto* time = std::get_if<TimeOfDay>(&named)) time_done_ = *time;
    if (!of_.daily) return first(now);
    const TimePoint after = std::max(moment, now.wall);
    if (const auto* at = std::get_if<TimePoint>(&named)) {
      return each_day(now.place.zone.to_local(*at).time_of_day(), after, now);
    }
    if (const auto* local = std::get_if<LocalMoment>(&named)) {
      return each_day(local->time, after, now);
    }
    if (const auto* time = std::get_if<TimeOfDay>(&named)) return each_day(*time, after, now);
    return std::nullopt;
  }

  std::string waits_for() const override {
    return fmt::format("a time to come in {} ({})", of_.entity, why_);
  }

 private:
  NamedTime read() {
    const auto state = entities_.read(of_.entity);
    if (!state) {
      why_ = "it is not there";
      return {};
    }
    const Json& attribute =
        of_.attribute.empty() ? state->attributes() : state->attribute(of_.attribute);
    const NamedTime named =
        of_.attribute.empty() ? read_time(state->text()) : read_time_in(attribute);
    if (of_.attribute.empty() || !state->has_value()) {
      why_ = fmt::format("it is `{}`", state->text());
    } else {
      why_ = fmt::format("{} is {}", of_.attribute, attribute.dump());
    }
    return named;
  }

  std::optional<Due> waiting(std::string why) {
    why_ = std::move(why);
    return std::nullopt;
  }

  std::optional<Due> once_or_daily(TimePoint moment, const Now& now) {
    if (of_.daily) return each_day(now.place.zone.to_local(moment).time_of_day(), now.wall, now);
    const TimePoint due = shifted(moment, of_.offset);
    if (due > now.wall && (!done_ || due != *done_)) return due;
    why_ += due > now.wall ? ", which has been" : ", which has passed";
    return std::nullopt;
  }

  std::optional<Due> each_day(TimeOfDay time, TimePoint after, const Now& now) const {
    const auto found = time::next_local(shifted(after, -of_.offset.get()), time, Weekdays::all(),
                                        now.place.zone, clock_);
    return found ? std::optional<Due>(shifted(*found, of_.offset)) : std::nullopt;
  }

  EntityTime of_;
  EntitySource& entities_;
  WallClockRule clock_;
  std::string app_;
  std::unique_ptr<Watch> watch_;
  std::optional<TimePoint> done_;       // the last that came
  std::optional<TimeOfDay> time_done_;  // the same, where the entity has no date
  std::string why_;
};

}  // namespace

std::unique_ptr<Rule> make_entity_rule(const EntityTime& trigger, const RuleParts& parts) {
  return std::make_unique<EntityRule>(trigger, parts);
}

}  // namespace hassette::schedule
