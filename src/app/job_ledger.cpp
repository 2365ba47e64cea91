#include "app/job_ledger.hpp"

#include <fmt/format.h>

#include <hassette/error.hpp>
#include <utility>

#include "async/loop.hpp"
#include "log/log.hpp"

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

std::optional<LedgerEntry> look_up(const LedgerEntries& entries, const LedgerKey& key) {
  const auto found = entries.find(key);
  return found == entries.end() ? std::nullopt : std::optional(found->second);
}

/// Of one name in one app: they lie side by side.
std::vector<std::string> entities_in(const LedgerEntries& entries, const std::string& app,
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
  if (result.read) {
    adopt(*result.read);
  } else {
    set_fault(std::move(result.error));
    loop_.start_io_timer(*this, async::later(loop_.io_now(), options_.retry));
  }
}

JobLedger::~JobLedger() {
  stop();
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

std::optional<LedgerEntry> JobLedger::find(const LedgerKey& key) const {
  return look_up(known_, key);
}

std::vector<std::string> JobLedger::entities(const std::string& app,
                                             const std::string& name) const {
  return entities_in(known_, app, name);
}

void JobLedger::put(const LedgerKey& key, const LedgerEntry& entry) {
  known_[key] = entry;
  changed_[key] = entry;
  if (fault_.empty()) start_writing();
}

void JobLedger::erase(const LedgerKey& key) {
  // Unread, the file may have what memory has not.
  if (known_.erase(key) == 0 && was_read_) return;
  changed_[key] = std::nullopt;
  if (fault_.empty()) start_writing();
}

Task<> JobLedger::settle(JobLedger* self) {
  if (self->changed_.empty() && !self->is_writing_) co_return;
  const bool is_on_its_way = self->changed_.empty() && self->now_;
  const std::shared_ptr<Round> round = is_on_its_way ? self->now_ : self->next_;
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
  if (!fault_.empty()) {
    log::info("durable jobs and holds are kept again in {}", options_.file.string());
    fault_.clear();
  }
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
void JobLedger::adopt(const LedgerEntries& read) {
  const bool first = !std::exchange(was_read_, true);
  for (const auto& [key, entry] : read) {
    if (known_.contains(key) || changed_.contains(key)) continue;
    if (first) {
      known_.emplace(key, entry);
    } else {
      changed_.emplace(key, std::nullopt);
    }
  }
  for (const auto& [key, entry] : known_) {
    const auto found = read.find(key);
    if (found == read.end() || found->second != entry) changed_.try_emplace(key, entry);
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
  fault_ = std::move(why);
}

milliseconds JobLedger::lock_patience() const {
  return fault_.empty() ? options_.lock_patience : options_.lock_patience_in_fault;
}

std::optional<LedgerEntry> MemoryLedger::find(const LedgerKey& key) const {
  return look_up(entries_, key);
}

std::vector<std::string> MemoryLedger::entities(const std::string& app,
                                                const std::string& name) const {
  return entities_in(entries_, app, name);
}

void MemoryLedger::put(const LedgerKey& key, const LedgerEntry& entry) {
  entries_[key] = entry;
}

}  // namespace hassette::app
