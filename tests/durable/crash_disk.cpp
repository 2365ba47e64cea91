#include "crash_disk.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace hassette::durable {

namespace {

struct Plan {
  World* world = nullptr;
  int dies_at = -1;
  Loses loses = Loses::kNothing;
  sqlite3_vfs* system = nullptr;
  std::atomic<bool> full = false;
  std::atomic<int> syncs = 0;
};
Plan plan;

/// An open file; SQLite's own stands right behind it. Where the power may fail, writes go into
/// memory and reach the file at a sync.
struct File {
  sqlite3_file base;
  bool is_buffered;
  bool is_changed;
  std::unique_ptr<std::string> content;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
};

const sqlite3_io_methods& real(sqlite3_file* file) {
  return *File::of(file).real()->pMethods;
}

/// Two steps, so that one may be the last in the middle.
int write_through(File& file, const char* bytes, int size, sqlite3_int64 at) {
  const auto& methods = *file.real()->pMethods;
  const int half = size / 2;
  step();
  if (const int result = methods.xWrite(file.real(), bytes, half, at)) return result;
  step();
  return methods.xWrite(file.real(), bytes + half, size - half, at + half);
}

int flush(File& file) {
  if (!std::exchange(file.is_changed, false)) return SQLITE_OK;
  const int size = static_cast<int>(file.content->size());
  if (const int result = write_through(file, file.content->data(), size, 0)) return result;
  return file.real()->pMethods->xTruncate(file.real(), size);
}

int close_file(sqlite3_file* file) {
  File& mine = File::of(file);
  if (mine.is_buffered) flush(mine);
  mine.content.reset();
  return real(file).xClose(mine.real());
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  File& mine = File::of(file);
  if (!mine.is_buffered) return real(file).xRead(mine.real(), into, size, at);
  const std::string& content = *mine.content;
  const auto begin = std::min(static_cast<std::size_t>(at), content.size());
  const auto length = std::min(static_cast<std::size_t>(size), content.size() - begin);
  std::memcpy(into, content.data() + begin, length);
  if (length == static_cast<std::size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + length, 0, static_cast<std::size_t>(size) - length);
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  if (plan.full) return SQLITE_FULL;
  File& mine = File::of(file);
  const auto* const text = static_cast<const char*>(bytes);
  if (!mine.is_buffered) return write_through(mine, text, size, at);
  step();
  const auto end = static_cast<std::size_t>(at + size);
  if (mine.content->size() < end) mine.content->resize(end);
  std::memcpy(mine.content->data() + at, text, static_cast<std::size_t>(size));
  mine.is_changed = true;
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  File& mine = File::of(file);
  step();
  if (!mine.is_buffered) return real(file).xTruncate(mine.real(), size);
  mine.content->resize(static_cast<std::size_t>(size));
  mine.is_changed = true;
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  File& mine = File::of(file);
  // The disk's own sync would only take time: what the system has been given outlives the process.
  step();
  ++plan.syncs;
  return mine.is_buffered ? flush(mine) : SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  File& mine = File::of(file);
  if (!mine.is_buffered) return real(file).xFileSize(mine.real(), size);
  *size = static_cast<sqlite3_int64>(mine.content->size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
  return real(file).xLock(File::of(file).real(), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return real(file).xUnlock(File::of(file).real(), level);
}
int is_reserved(sqlite3_file* file, int* result) {
  return real(file).xCheckReservedLock(File::of(file).real(), result);
}
int control(sqlite3_file* file, int what, void* with) {
  return real(file).xFileControl(File::of(file).real(), what, with);
}
int sector_size(sqlite3_file* file) {
  return real(file).xSectorSize(File::of(file).real());
}
int characteristics(sqlite3_file*) {
  return 0;  // nothing is promised: no atomic write, no order
}
// The qualifier in SQLite's own type of this function is no choice of ours.
using MapShared = decltype(sqlite3_io_methods::xShmMap);
template <class Into>
int map_shared_as(sqlite3_file* file, int page, int size, int extend, Into into) {
  return real(file).xShmMap(File::of(file).real(), page, size, extend, into);
}
constexpr MapShared map_shared = &map_shared_as;
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file).xShmLock(File::of(file).real(), offset, count, flags);
}
void fence_shared(sqlite3_file* file) {
  real(file).xShmBarrier(File::of(file).real());
}
int unmap_shared(sqlite3_file* file, int remove) {
  return real(file).xShmUnmap(File::of(file).real(), remove);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         size_of_file,
                                         lock_file,
                                         unlock_file,
                                         is_reserved,
                                         control,
                                         sector_size,
                                         characteristics,
                                         map_shared,
                                         lock_shared,
                                         fence_shared,
                                         unmap_shared,
                                         nullptr,
                                         nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  // SQLite gives the memory, and frees it after the close.
  File& mine = *std::construct_at(&File::of(file));
  const int result = plan.system->xOpen(plan.system, name, mine.real(), flags, out_flags);
  if (result != SQLITE_OK) return result;
  mine.content = std::make_unique<std::string>();
  mine.is_buffered = plan.loses == Loses::kUnsynced;
  if (mine.is_buffered) {
    sqlite3_int64 size = 0;
    mine.real()->pMethods->xFileSize(mine.real(), &size);
    mine.content->resize(static_cast<std::size_t>(size));
    mine.real()->pMethods->xRead(mine.real(), mine.content->data(), static_cast<int>(size), 0);
  }
  mine.base.pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_folder) {
  step();
  return plan.system->xDelete(plan.system, name, sync_folder);
}

}  // namespace

World* make_world() {
  void* const memory =
      ::mmap(nullptr, sizeof(World), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return std::construct_at(static_cast<World*>(memory));
}

void end_world(World* world) {
  ::munmap(world, sizeof(World));
}

void install_crash_disk(World* world, int dies_at, Loses loses) {
  plan.world = world;
  plan.dies_at = dies_at;
  plan.loses = loses;
  if (plan.system) return;
  plan.system = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs disk;
  disk = *plan.system;
  disk.zName = "crash";
  disk.szOsFile += static_cast<int>(sizeof(File));
  disk.pNext = nullptr;
  disk.xOpen = open_file;
  disk.xDelete = delete_file;
  sqlite3_vfs_register(&disk, 0);
}

void step() {
  if (!plan.world || plan.world->steps++ != plan.dies_at) return;
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();  // the signal is on its way
}

void set_disk_full(bool full) {
  plan.full = full;
}

int syncs() {
  return plan.syncs;
}

}  // namespace hassette::durable
