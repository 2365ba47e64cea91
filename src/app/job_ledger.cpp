#include "app/job_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <hassette/error.hpp>
#include <hassette/logger.hpp>
#include <utility>

#include "async/loop.hpp"
#include "log/log.hpp"
#include "time/instant.hpp"

namespace hassette::app {

using run::LedgerEntry;
using run::LedgerKey;
using std::chrono::milliseconds;

namespace {

store::DatabaseOptions database_options(const JobLedgerOptions& options) {
  return {.file = options.file,
          .content = "the durable jobs and holds",
          .busy_timeout = options.lock_patience,
          .vfs = options.vfs};
}

const async::Label& label() {
  static const async::Label& made = async::intern_label(log::kEngine, "job ledger");
  return made;
}

/// A hold's name begins with what its listener listens to, in a line of its own.
std::string in_words(const LedgerKey& key) {
  if (key.entity.empty()) return fmt::format("job `{}`", key.name);
  return fmt::format("hold `{}` of {}", key.name.substr(key.name.rfind('\n') + 1), key.entity);
}

/// That a row is still wanted is not worth more than a write a day.
constexpr std::chrono::hours kFresh{24};

/// Of one name in one app: they lie side by side.
template <class Rows>
std::vector<std::string> entities_in(const Rows& entries, const std::string& app,
                                     const std::string& name) {
  std::vector<std::string> found;
  for (auto at = entries.lower_bound({app, name}); at != entries.end(); ++at) {
    if (at->first.app != app || at->first.name != name) break;
    if (!at->first.entity.empty()) found.push_back(at->first.entity);
  }
  return found;
}

}  // namespace

JobLedger::JobLedger(async::Loop& loop, JobLedgerOptions options)
    : loop_(loop), options_(std::move(options)), file_(database_options(options_)) {
  fibers_.emplace(loop, [](const async::Label&, const std::exception_ptr& error) {
    log::error("the job ledger: {}", async::describe(error));
  });
  JobFile::Result result = file_.open();
  if (result.read) adopt(*result.read);
  if (!result.error.empty()) {
    set_fault(std::move(result.error));
    loop_.start_io_timer(*this, async::later(loop_.io_now(), options_.retry));
  }
}

JobLedger::~JobLedger() {
  stop();
  see_who_is_there();
  fibers_.reset();  // waits for the thread, if it writes
  put_back();
  for (int attempt = 0; attempt < 2 && !changed_.empty(); ++attempt) {
    take_changes();
    JobFile::Result result = file_.write(writing_, options_.lock_patience_in_fault);
    if (!result.error.empty()) set_fault(std::move(result.error));
    if (!result.read) break;
    put_back();
    adopt(*result.read);
  }
}

std::optional<LedgerEntry> JobLedger::find(const LedgerKey& key) {
  asked_.insert(key);
  const auto found = known_.find(key);
  return found == known_.end() ? std::nullopt : std::optional(found->second.entry);
}

std::vector<std::string> JobLedger::entities(const std::string& app,
                                             const std::string& name) const {
  return entities_in(known_, app, name);
}

void JobLedger::put(const LedgerKey& key, const LedgerEntry& entry) {
  asked_.insert(key);
  LedgerRow& row = known_[key];
  row = {.entry = entry, .seen = std::max(row.seen, loop_.wall())};
  changed_[key] = row;
  if (fault_.empty()) start_writing();
}

Task<> JobLedger::tidy(JobLedger* self, Running running, NotRunning not_running) {
  co_await sleep(kTimeToRegister);
  if (const auto waiting = not_running()) self->tell_of_unregistered(running(), *waiting);
  for (std::chrono::minutes pause = kTimeToAsk - kTimeToRegister;; pause = kFresh) {
    co_await sleep(pause);
    self->see_who_is_there();
    if (const auto waiting = not_running()) self->remove_stale(*waiting);
    if (!self->changed_.empty() && self->fault_.empty()) self->start_writing();
  }
}

void JobLedger::tell_of_unregistered(const std::vector<std::string>& running,
                                     const std::vector<std::string>& waiting) const {
  const auto is_one_of = [](const std::vector<std::string>& apps, const std::string& app) {
    return std::ranges::find(apps, app) != apps.end();
  };
  for (const auto& [key, row] : known_) {
    const bool has_something_to_do = row.entry.planned || !row.entry.open.empty();
    if (!has_something_to_do || is_one_of(waiting, key.app) || asked_.contains(key)) continue;
    if (is_one_of(running, key.app)) {
      Logger(key.app).warning(
          "durable {} is remembered, and nothing has registered it since the start: it does not "
          "run until something does. What a handler registers, `on_initialize` has to register "
          "again (`scheduler.remembers` says whether to)",
          in_words(key));
    } else {
      Logger(key.app).warning(
          "durable {} is remembered, and `{}` is not configured any more: it does not run, and is "
          "forgotten {} days after it was there last",
          in_words(key), key.app, kKeptFor.count() / 24);
    }
  }
}

void JobLedger::see_who_is_there() {
  const TimePoint now = loop_.wall();
  if (!time::is_set(now)) return;
  for (const LedgerKey& key : asked_) {
    const auto found = known_.find(key);
    if (found != known_.end()) see(key, found->second, now);
  }
}

void JobLedger::see(const LedgerKey& key, LedgerRow& row, TimePoint now) {
  if (now - row.seen < kFresh) return;
  row.seen = now;
  changed_[key] = row;
}

void JobLedger::remove_stale(const std::vector<std::string>& waiting) {
  const TimePoint now = loop_.wall();
  if (!time::is_set(now)) return;
  const auto waits = [&](const std::string& app) {
    return std::ranges::find(waiting, app) != waiting.end();
  };
  std::vector<LedgerKey> stale;
  for (auto& [key, row] : known_) {
    const bool is_wanted = asked_.contains(key) || waits(key.app);
    if (is_wanted || !time::is_set(row.seen)) {
      see(key, row, now);
    } else if (now - row.seen > kKeptFor) {
      stale.push_back(key);
    }
  }
  for (const LedgerKey& key : stale) erase(key);
  if (!stale.empty()) {
    log::info("{} durable {} of apps, jobs or listeners that have been gone for {} days removed",
              stale.size(), stale.size() == 1 ? "entry" : "entries", kKeptFor.count() / 24);
  }
  if (!changed_.empty() && fault_.empty()) start_writing();
}

void JobLedger::erase(const LedgerKey& key) {
  asked_.erase(key);
  // Unread, the file may have what memory has not.
  if (known_.erase(key) == 0 && was_read_) return;
  changed_[key] = std::nullopt;
  if (fault_.empty()) start_writing();
}

Task<> JobLedger::settle(JobLedger* self) {
  if (self->changed_.empty() && !self->is_writing_) co_return;
  const std::shared_ptr<Round> round = self->round_of_the_last_change();
  self->start_writing();
  const milliseconds patience =
      self->fault_.empty() ? self->options_.patience : self->options_.patience_in_fault;
  bool too_slow = false;
  try {
    co_await io_timeout(round->over.wait(), patience);
  } catch (const TimeoutError&) {
    too_slow = true;
  }
  if (too_slow) {
    std::string why =
        fmt::format("{} takes longer than {} s to be written: see to its disk",
                    self->options_.file.string(), std::chrono::duration<double>(patience).count());
    if (self->fault_.empty()) self->set_fault(why);
    throw Error("ledger", std::move(why));
  }
  if (!round->error.empty()) throw Error("ledger", round->error);
}

std::shared_ptr<JobLedger::Round> JobLedger::round_of_the_last_change() const {
  const bool is_on_its_way = changed_.empty() && now_;
  return is_on_its_way ? now_ : next_;
}

Task<> JobLedger::write_the_rest(JobLedger* self) {
  self->see_who_is_there();
  while (!self->changed_.empty() || self->now_) {
    const std::shared_ptr<Round> round = self->round_of_the_last_change();
    self->start_writing();
    co_await round->over.wait();
    if (!round->error.empty()) throw Error("ledger", round->error);
  }
}

void JobLedger::start_writing() {
  if (std::exchange(is_writing_, true)) return;
  stop();
  // In a later turn, so that what is put in this one is written together.
  fibers_->spawn(label(), write_behind(this));
}

Task<> JobLedger::write_behind(JobLedger* self) {
  bool goes_on = true;
  while (goes_on) {
    self->now_ = std::exchange(self->next_, std::make_shared<Round>());
    self->take_changes();
    const milliseconds patience = self->lock_patience();
    goes_on = self->finish(co_await self->thread_.call(
        [self, patience] { return self->file_.write(self->writing_, patience); }));
  }
  self->is_writing_ = false;
  if (self->fault_.empty()) co_return;
  self->loop_.start_io_timer(*self, async::later(self->loop_.io_now(), self->options_.retry));
}

void JobLedger::take_changes() {
  writing_ = std::exchange(changed_, {});
}

/// What could not be written, unless it has changed again since.
void JobLedger::put_back() {
  changed_.merge(writing_);
  writing_.clear();
}

/// Whether there is more to write now.
bool JobLedger::finish(JobFile::Result result) {
  const std::shared_ptr<Round> round = std::exchange(now_, nullptr);
  if (result.read) {
    put_back();
    adopt(*result.read);
    next_->before = round;
    return true;
  }
  if (!result.error.empty()) {
    put_back();
    next_->before = round;
    set_fault(result.error);
    // Also for who waits for what has changed meanwhile: it is the same disk.
    std::exchange(next_, std::make_shared<Round>())->end(result.error);
    return false;
  }
  writing_.clear();
  end_fault();
  round->end({});
  return !changed_.empty();
}

void JobLedger::Round::end(const std::string& why_not) {
  if (before) before->end(why_not);
  error = why_not;
  over.set();
}

/// Brings memory and the file that has just been opened together. The first time, memory lacks what
/// the file has; later the file may be another one, and memory is right.
void JobLedger::adopt(const LedgerRows& read) {
  const bool first = !std::exchange(was_read_, true);
  for (const auto& [key, row] : read) {
    if (known_.contains(key) || changed_.contains(key)) continue;
    if (first) {
      known_.emplace(key, row);
    } else {
      changed_.emplace(key, std::nullopt);
    }
  }
  for (const auto& [key, row] : known_) {
    const auto found = read.find(key);
    if (found == read.end() || found->second != row) changed_.try_emplace(key, row);
  }
}

void JobLedger::set_fault(std::string why) {
  if (fault_.empty()) {
    log::error(
        "durable jobs and holds cannot be kept: {}. They run all the same, but a restart or a "
        "crash "
        "may forget them or run them again",
        why);
  }
  const bool is_news = fault_ != why;
  fault_ = std::move(why);
  if (is_news && options_.on_fault) options_.on_fault(fault_);
}

void JobLedger::end_fault() {
  if (fault_.empty()) return;
  log::info("durable jobs and holds are kept again in {}", options_.file.string());
  fault_.clear();
  if (options_.on_fault) options_.on_fault(fault_);
}

milliseconds JobLedger::lock_patience() const {
  return fault_.empty() ? options_.lock_patience : options_.lock_patience_in_fault;
}

std::optional<LedgerEntry> MemoryLedger::find(const LedgerKey& key) {
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> MemoryLedger::entities(const std::string& app,
                                                const std::string& name) const {
  return entities_in(entries_, app, name);
}

void MemoryLedger::put(const LedgerKey& key, const LedgerEntry& entry) {
  entries_[key] = entry;
}

}  // namespace hassette::app
