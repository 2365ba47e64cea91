#pragma once
// For tests only: a ledger on a disk that can fail, or lose its power at any step of a write.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hassette/async.hpp>
#include <hassette/error.hpp>
#include "run/ledger.hpp"

namespace hassette::run {

/// A disk that outlives processes. It counts the steps of what is done with it, and at the given
/// one the power fails: nothing is written any more, and nobody who waits for it goes on.
class Disk {
 public:
  /// False once the power has failed.
  bool step() {
    dead = dead || (dies_at && steps == *dies_at);
    if (!dead) ++steps;
    return !dead;
  }
  std::map<LedgerKey, LedgerEntry> written;
  std::optional<int> dies_at;
  int steps = 0;
  bool dead = false;
  bool fails = false;                 ///< it is full
  std::chrono::nanoseconds takes{0};  ///< each time that it is waited for
};

/// A ledger on such a disk. Lazy, it writes only when it is waited for; eager, at once.
class DiskLedger final : public Ledger {
 public:
  DiskLedger(Disk& disk, bool eager) : disk_(disk), eager_(eager), known_(disk.written) {}

  bool remembers(const LedgerKey& key) const override { return known_.contains(key); }
  std::optional<LedgerEntry> find(const LedgerKey& key) override {
    const auto found = known_.find(key);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::string> entities(const std::string& app,
                                    const std::string& name) const override {
    std::vector<std::string> found;
    for (const auto& [key, entry] : known_) {
      if (key.app == app && key.name == name && !key.entity.empty()) found.push_back(key.entity);
    }
    return found;
  }
  void put(const LedgerKey& key, const LedgerEntry& entry) override { change(key, entry); }
  void erase(const LedgerKey& key) override { change(key, std::nullopt); }
  [[clang::coro_wrapper]] Task<> settled() override { return settle(this); }
  const std::string& fault() const override { return disk_.fails ? full_ : none_; }

 private:
  void change(const LedgerKey& key, const std::optional<LedgerEntry>& entry) {
    if (!disk_.step()) return;
    if (entry) {
      known_[key] = *entry;
    } else {
      known_.erase(key);
    }
    queue_.emplace_back(key, entry);
    if (eager_) write();
  }
  void write() {
    while (!queue_.empty() && disk_.step()) {
      const auto& [key, entry] = queue_.front();
      if (entry) {
        disk_.written[key] = *entry;
      } else {
        disk_.written.erase(key);
      }
      queue_.erase(queue_.begin());
    }
  }
  static Task<> settle(DiskLedger* self) {
    co_await yield();
    if (self->disk_.takes > std::chrono::nanoseconds(0)) co_await sleep(self->disk_.takes);
    if (self->disk_.fails) throw Error("disk", self->full_);
    self->write();
    if (!self->disk_.step()) co_await self->never_.wait();
  }

  Disk& disk_;
  bool eager_;
  const std::string full_ = "the disk is full";
  const std::string none_;
  AsyncEvent never_;
  std::map<LedgerKey, LedgerEntry> known_;
  std::vector<std::pair<LedgerKey, std::optional<LedgerEntry>>> queue_;
};

}  // namespace hassette::run
