#include "build/cache.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <hassette/error.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/private_folder.hpp"
#include "build/hash.hpp"
#include "build/sealed_file.hpp"

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKept = 3;
constexpr std::size_t kHashLength = 16;
constexpr std::string_view kScratch = "build-";

std::string short_hash(std::string_view bytes) {
  return sha256(bytes).substr(0, kHashLength);
}

fs::path list_of(const SourceVersion& version) {
  return version.folder / (version.hash.substr(0, kHashLength) + ".headers");
}

fs::path report_of(const SourceVersion& version) {
  return version.folder / "errors.txt";
}

// Name of the plug-in that was made with these headers; empty if one could not be read.
std::string plugin_name(const SourceVersion& version, const std::vector<HeaderVersion>& headers,
                        std::string_view extension) {
  std::string content = version.hash;
  for (const HeaderVersion& header : headers) {
    if (header.hash.empty()) return {};
    content += fmt::format("\n{} {}", header.file.string(), header.hash);
  }
  return fmt::format("{}-{}{}", version.source.stem().string(), short_hash(content), extension);
}

// What must not be used goes, with a folder that has its name; `why` is the end of a sentence.
std::string drop(const fs::path& place, std::string_view why) {
  std::error_code error;
  fs::remove_all(place, error);
  if (!error) return fmt::format("{} {}", place.string(), why);
  throw Error("file", fmt::format("{} {}, and cannot be removed ({}): remove it, or set cache_dir "
                                  "to another folder",
                                  place.string(), why, error.message()));
}

// A file that was put there by `put_sealed`, unless something else lies there.
Found take_sealed(fs::path file) {
  std::error_code error;
  if (fs::symlink_status(file, error).type() == fs::file_type::not_found) return {};
  const std::string why = why_not_sealed(file);
  if (!why.empty()) return {.library = {}, .dropped = drop(file, why)};
  return {.library = std::move(file), .dropped = {}};
}

// Keeps the newest files with this extension.
void prune(const fs::path& folder, std::string_view extension, std::size_t kept) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != extension) continue;
    files.emplace_back(entry.last_write_time(), entry.path());
  }
  std::ranges::sort(files, std::greater());
  for (std::size_t i = kept; i < files.size(); ++i) {
    std::error_code gone;  // another process may have been first
    fs::remove(files[i].second, gone);
  }
}

// For this user alone, too: what lies above a cache may be the data folder.
void make_parents(const fs::path& folder, std::error_code& error) {
  const fs::path parent = folder.parent_path();
  if (parent.empty() || fs::exists(parent, error)) return;
  make_parents(parent, error);
  if (!error && ::mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) {
    error = {errno, std::generic_category()};
  }
}

}  // namespace

std::expected<void, std::string> make_private_folder(const fs::path& folder) {
  std::error_code error;
  make_parents(folder, error);
  if (!error && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    error = {errno, std::generic_category()};
  }
  struct stat status{};
  if (!error && ::stat(folder.c_str(), &status) != 0) error = {errno, std::generic_category()};
  if (error) {
    return std::unexpected(
        fmt::format("the build cache {} cannot be made: {}; make it writable, or set cache_dir to "
                    "a folder that is",
                    folder.string(), error.message()));
  }
  if (!S_ISDIR(status.st_mode)) {
    return std::unexpected(
        fmt::format("the build cache {} is no folder: remove it, or set cache_dir to another one",
                    folder.string()));
  }
  if (status.st_uid != ::geteuid()) {
    return std::unexpected(fmt::format(
        "the build cache {} belongs to another user (uid {}), and what lies in it is loaded into "
        "Hassette: `chown -R $USER {}`, or set cache_dir to a folder of your own",
        folder.string(), status.st_uid, folder.string()));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return std::unexpected(fmt::format(
        "the build cache {} can be written by others (mode {:04o}), and what lies in it is loaded "
        "into Hassette: `chmod -R go-w {}`",
        folder.string(), status.st_mode & 07777, folder.string()));
  }
  return {};
}

std::expected<void, std::string> make_cache(const fs::path& folder) {
  for (const fs::path& part : {folder, folder / "apps", folder / "pch", folder / "tmp"}) {
    if (auto made = make_private_folder(part); !made) return made;
  }
  if (const std::string why = base::why_replaceable_by_all(folder); !why.empty()) {
    return std::unexpected(fmt::format(
        "the build cache {} is not safe from other users: {}, so that anybody may put another in "
        "its place, and what lies in it is loaded into Hassette. Take that right away with `chmod "
        "o-w`, or set cache_dir to a folder that is only yours",
        folder.string(), why));
  }
  return {};
}

BuildCache::BuildCache(fs::path folder, std::string recipe, std::string extension)
    : folder_(std::move(folder)), recipe_(std::move(recipe)), extension_(std::move(extension)) {}

std::expected<void, std::string> BuildCache::prepare() const {
  return make_cache(folder_);
}

SourceVersion BuildCache::read(const fs::path& source) const {
  const std::string place = source.string();
  return {.source = source,
          .folder = folder_ / "apps" /
                    fmt::format("{}-{}", source.stem().string(), short_hash(place).substr(0, 8)),
          .hash = sha256(fmt::format("{}\n{}\n{}", recipe_, place, read_file(source)))};
}

Found BuildCache::find(const SourceVersion& version) const {
  std::error_code error;
  if (fs::symlink_status(version.folder, error).type() == fs::file_type::not_found) return {};
  if (const std::string why = base::why_not_private(version.folder); !why.empty()) {
    return {.library = {}, .dropped = drop(version.folder, why)};
  }
  const fs::path list = list_of(version);
  if (fs::symlink_status(list, error).type() == fs::file_type::not_found) return {};
  if (const std::string why = why_not_own(list); !why.empty()) {
    return {.library = {}, .dropped = drop(list, why)};
  }
  std::vector<HeaderVersion> headers;
  const std::string text = read_file(list);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    headers.push_back(read_header(line));
  }
  const std::string name = plugin_name(version, headers, extension_);
  if (name.empty()) return {};
  Found found = take_sealed(version.folder / name);
  if (found.library) {
    // The oldest are dropped first: in use is young.
    const auto now = fs::file_time_type::clock::now();
    fs::last_write_time(*found.library, now, error);
    fs::last_write_time(list, now, error);
  }
  return found;
}

fs::path BuildCache::store(const SourceVersion& version, const std::vector<HeaderVersion>& headers,
                           const fs::path& built) const {
  if (auto made = make_private_folder(version.folder); !made) throw Error("file", made.error());
  const std::string name = plugin_name(version, headers, extension_);
  if (name.empty()) {
    throw Error("file", fmt::format("a header that {} includes was removed while it was compiled",
                                    version.source.string()));
  }
  fs::path library = version.folder / name;
  std::string list;
  for (const HeaderVersion& header : headers) list += header.file.string() + '\n';
  write_in_place(list_of(version), list);
  put_sealed(built, library);
  prune(version.folder, extension_, kKept);
  prune(version.folder, ".headers", kKept);
  std::error_code none;
  fs::remove(report_of(version), none);
  return library;
}

fs::path BuildCache::keep_report(const SourceVersion& version, std::string_view text) const {
  if (auto made = make_private_folder(version.folder); !made) throw Error("file", made.error());
  fs::path report = report_of(version);
  write_in_place(report, text);
  return report;
}

void BuildCache::remove_abandoned() const {
  ScratchFolder::remove_abandoned(scratch());
}

fs::path BuildCache::precompiled_header() const {
  return folder_ / "pch" / fmt::format("app-{}.pch", short_hash(recipe_));
}

Found BuildCache::find_precompiled_header() const {
  return take_sealed(precompiled_header());
}

std::vector<fs::path> parse_depfile(std::string_view text, const fs::path& source) {
  std::vector<fs::path> files;
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return files;
  text.remove_prefix(colon + 2);
  std::string file;
  const auto take = [&] {
    if (!file.empty() && file != source.string()) files.emplace_back(file);
    file.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\n';
    if (text[i] == '\\' && next == '\n')
      ++i;
    else if (text[i] == '\\' && (next == ' ' || next == '#'))
      file += text[++i];
    else if (text[i] == '$' && next == '$')
      file += text[++i];
    else if (text[i] == ' ' || text[i] == '\n')
      take();
    else
      file += text[i];
  }
  take();
  return files;
}

HeaderVersion read_header(const fs::path& file) {
  HeaderVersion version{.file = file, .hash = {}, .place = {}};
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return version;
  version.place = fmt::format("{} {} {} {}.{} {}.{}", status.st_dev, status.st_ino, status.st_size,
                              status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                              status.st_ctim.tv_nsec);
  try {
    version.hash = sha256(read_file(file));
  } catch (const Error&) {  // gone, or not to be read: as if it were not there
  }
  return version;
}

namespace {

struct QuotedHeaders {
  std::vector<fs::path> found;
  std::vector<fs::path> missing;
};

QuotedHeaders look_for_headers(const fs::path& source) {
  QuotedHeaders headers{.found = {source}, .missing = {}};
  std::vector<fs::path>& found = headers.found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::ifstream text(found[i]);
    for (std::string line; std::getline(text, line);) {
      const std::size_t hash = line.find_first_not_of(" \t");
      const std::size_t open = line.find('"');
      const std::size_t close = line.find('"', open + 1);
      if (close == std::string::npos || line.compare(hash, 1, "#") != 0) continue;
      const std::size_t word = line.find_first_not_of(" \t", hash + 1);
      if (line.compare(word, 7, "include") != 0) continue;
      const fs::path header = (found[i].parent_path() / line.substr(open + 1, close - open - 1));
      std::error_code gone;
      std::vector<fs::path>& list = fs::is_regular_file(header, gone) ? found : headers.missing;
      if (std::ranges::find(list, header) == list.end()) list.push_back(header);
    }
  }
  found.erase(found.begin());
  return headers;
}

}  // namespace

std::vector<fs::path> quoted_headers(const fs::path& source) {
  return look_for_headers(source).found;
}

std::vector<fs::path> missing_headers(const fs::path& source) {
  return look_for_headers(source).missing;
}

namespace {

// Shared by those who make scratch folders, exclusive for who removes them: a new one is never seen
// before it is locked.
int lock_folder(const fs::path& folder, int mode) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  while (::flock(fd, mode) != 0) {
    if (errno == EINTR) continue;
    ::close(fd);
    return -1;
  }
  return fd;
}

void unlock(int fd) {
  if (fd >= 0) ::close(fd);
}

}  // namespace

ScratchFolder::ScratchFolder(const fs::path& parent) {
  std::string name = (parent / (std::string(kScratch) + "XXXXXX")).string();
  const int parent_lock = lock_folder(parent, LOCK_SH);
  const bool made = ::mkdtemp(name.data()) != nullptr;
  const int code = errno;
  if (made) lock_ = lock_folder(name, LOCK_EX | LOCK_NB);
  unlock(parent_lock);
  if (!made) {
    throw fs::filesystem_error("cannot make a temporary folder", name,
                               {code, std::generic_category()});
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what is left is in nobody's way
  fs::remove_all(path_, ignored);
  unlock(lock_);
}

void ScratchFolder::remove_abandoned(const fs::path& parent) {
  const int parent_lock = lock_folder(parent, LOCK_EX | LOCK_NB);
  if (parent_lock < 0) return;  // somebody makes one just now: the next start does it
  std::error_code error;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with(kScratch)) continue;
    const int lock = lock_folder(at->path(), LOCK_EX | LOCK_NB);
    if (lock < 0) continue;   // in use
    std::error_code ignored;  // the next start tries again
    fs::remove_all(at->path(), ignored);
    unlock(lock);
  }
  unlock(parent_lock);
}

}  // namespace hassette::build
