#include "harness/tape.hpp"

#include <fmt/format.h>

#include "app/app_connection.hpp"
#include "async/loop.hpp"

namespace hassette::harness {

namespace {

std::string_view shown(const std::optional<hassette::State>& state) {
  return state ? state->text() : std::string_view("(none)");
}

void merge(Json& into, const Json& from) {
  if (!from.is_object()) return;
  for (const auto& [key, value] : from.as_object()) into[key] = value;
}

}  // namespace

void Tape::add(std::variant<std::string, Moved, Began> what) {
  if (entries_.size() == kCapacity) entries_.pop_front();
  entries_.push_back({loop_.wall(), std::move(what)});
}

void Tape::note(std::string text) {
  add(std::move(text));
}

void Tape::failed(std::string error, std::string mistake) {
  note("FAILED " + error);
  mistakes_.push_back(mistake.empty() ? error : std::move(mistake));
  errors_.push_back(std::move(error));
}

Tape::Who Tape::who(std::uint64_t number) const {
  static const auto kGone =
      std::make_shared<const Registered>(Registered{"(a registration that is gone)", ""});
  const auto found = sources_.find(number);
  return found == sources_.end() ? kGone : found->second;
}

std::string Tape::text(const Entry& entry) const {
  const std::string time = zone_.to_local(entry.at).str();
  const int millisecond = zone_.to_local(entry.at).microsecond / 1000;
  std::string what;
  if (const auto* line = std::get_if<std::string>(&entry.what)) {
    what = *line;
  } else if (const auto* began = std::get_if<Began>(&entry.what)) {
    what = began->who->name + " runs" + began->who->place;
  } else {
    const Moved& moved = std::get<Moved>(entry.what);
    what = fmt::format("{}: {} → {}{}", moved.id->str(), shown(moved.before), shown(moved.after),
                       moved.recovered ? " (recovered)" : "");
  }
  return fmt::format("{}.{:03} {}", time.substr(0, 19), millisecond, what);
}

std::vector<std::string> Tape::lines(std::size_t last) const {
  std::vector<std::string> texts;
  for (std::size_t i = entries_.size() - std::min(last, entries_.size()); i < entries_.size();
       ++i) {
    texts.push_back(text(entries_[i]));
  }
  return texts;
}

// --- what runs

std::uint64_t Tape::registered(const run::Source& source) {
  std::string place = fmt::format(" ({}:{})", source.where.file_name(), source.where.line());
  sources_.emplace(++registrations_, std::make_shared<const Registered>(Registered{
                                         fmt::format("{} `{}`", source.app, source.name),
                                         source.where.line() == 0 ? "" : std::move(place)}));
  return registrations_;
}

void Tape::started(std::uint64_t number) {
  add(Began{who(number)});
}

void Tape::ended(std::uint64_t number, const run::Ended& how) {
  if (how.outcome != run::Outcome::kError && how.outcome != run::Outcome::kTimedOut) return;
  const Who failing = who(number);
  failed(fmt::format("{} for {}: {}{}", failing->name, how.cause, how.error, failing->place),
         fmt::format("{}: {}{}", failing->name, how.error, failing->place));
}

void Tape::held_back(std::uint64_t number, bool dropped) {
  note(
      fmt::format("{} {}", who(number)->name,
                  dropped ? "drops an event: its queue is full" : "does not start: it still runs"));
}

void Tape::skipped(std::uint64_t number) {
  note(who(number)->name + " does not run: its .where or .window says no");
}

void Tape::condition_failed(std::uint64_t number, const std::string& message) {
  const Who failing = who(number);
  failed(fmt::format("{}: its condition failed: {}{}", failing->name, message, failing->place));
}

void Tape::error_handler_failed(std::uint64_t number) {
  const Who failing = who(number);
  failed(fmt::format("{}: its error handler failed{}", failing->name, failing->place));
}

// --- the home

void Tape::on_link(const ha::Link& link) {
  note(fmt::format("link: {}", ha::to_string(link.state)));
}

void Tape::on_change(const state::Change& change) {
  add(Moved{change.entity->id, change.old_state, change.entity->state, change.recovered});
}

std::size_t Tape::called(const Json& command) {
  RecordedCall call{
      .at = loop_.wall(),
      .app = loop_.running() ? loop_.running()->outermost().label().app : std::string(),
      .service = command["domain"].as_string() + "." + command["service"].as_string(),
      .data = Json::object(),
      .error = {}};
  merge(call.data, command["service_data"]);
  merge(call.data, command["target"]);
  for (std::string& id : app::named_entities(command)) named_.insert(std::move(id));
  note(fmt::format("{} calls {} {}", call.app, call.service, call.data.dump()));
  calls_.push_back(std::move(call));
  return forgotten_ + calls_.size() - 1;
}

void Tape::refused(std::size_t number, std::string error) {
  note("refused: " + error);
  if (number >= forgotten_ && number - forgotten_ < calls_.size()) {
    calls_[number - forgotten_].error = std::move(error);
  }
}

void Tape::forget_calls() {
  forgotten_ += calls_.size();
  calls_.clear();
}

void LogToTape::write(const log::LogRecord& record) {
  std::string line =
      fmt::format("{} logs {}: {}", record.app, log::to_string(record.level), record.message);
  if (async::Loop::current() == &loop_) {
    tape_.note(std::move(line));
  } else {
    loop_.post([&tape = tape_, line = std::move(line)]() mutable { tape.note(std::move(line)); });
  }
}

}  // namespace hassette::harness
