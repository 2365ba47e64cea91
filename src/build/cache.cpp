#include "build/cache.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <hassette/error.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "build/hash.hpp"

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKept = 3;
constexpr std::size_t kHashLength = 16;

std::string short_hash(std::string_view bytes) {
  return sha256(bytes).substr(0, kHashLength);
}

void write_file(const fs::path& file, std::string_view text) {
  const fs::path unfinished = file.string() + fmt::format(".{}", ::getpid());
  {
    std::ofstream stream(unfinished, std::ios::binary);
    stream << text;
    if (!stream.flush()) throw Error("file", fmt::format("cannot write {}", unfinished.string()));
  }
  fs::rename(unfinished, file);
}

fs::path list_of(const SourceVersion& version) {
  return version.folder / (version.hash.substr(0, kHashLength) + ".headers");
}

// Name of the plug-in, given its headers as they are now; empty if one cannot be read.
std::string plugin_name(const SourceVersion& version, const std::vector<fs::path>& headers) {
  std::string content = version.hash;
  for (const fs::path& header : headers) {
    std::error_code error;
    if (!fs::is_regular_file(header, error)) return {};
    content += fmt::format("\n{} {}", header.string(), sha256(read_file(header)));
  }
  return fmt::format("{}-{}.so", version.source.stem().string(), short_hash(content));
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

}  // namespace

std::expected<void, std::string> make_private_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
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

BuildCache::BuildCache(fs::path folder, std::string recipe)
    : folder_(std::move(folder)), recipe_(std::move(recipe)) {}

std::expected<void, std::string> BuildCache::prepare() const {
  for (const fs::path& folder : {folder_, folder_ / "apps", folder_ / "pch", scratch()}) {
    if (auto made = make_private_folder(folder); !made) return made;
  }
  return {};
}

SourceVersion BuildCache::read(const fs::path& source) const {
  const std::string place = source.string();
  return {.source = source,
          .folder = folder_ / "apps" /
                    fmt::format("{}-{}", source.stem().string(), short_hash(place).substr(0, 8)),
          .hash = sha256(fmt::format("{}\n{}\n{}", recipe_, place, read_file(source)))};
}

std::optional<fs::path> BuildCache::find(const SourceVersion& version) const {
  const fs::path list = list_of(version);
  std::error_code error;
  if (!fs::is_regular_file(list, error)) return std::nullopt;
  std::vector<fs::path> headers;
  const std::string text = read_file(list);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    headers.emplace_back(line);
  }
  const std::string name = plugin_name(version, headers);
  fs::path library = version.folder / name;
  if (name.empty() || !fs::is_regular_file(library, error)) return std::nullopt;
  // The oldest are dropped first: in use is young.
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(library, now, error);
  fs::last_write_time(list, now, error);
  return library;
}

fs::path BuildCache::store(const SourceVersion& version, const std::vector<fs::path>& headers,
                           const fs::path& built) const {
  if (auto made = make_private_folder(version.folder); !made) throw Error("file", made.error());
  const std::string name = plugin_name(version, headers);
  if (name.empty()) {
    throw Error("file", fmt::format("a header that {} includes was removed while it was compiled",
                                    version.source.string()));
  }
  fs::path library = version.folder / name;
  std::string list;
  for (const fs::path& header : headers) list += header.string() + '\n';
  write_file(list_of(version), list);
  fs::rename(built, library);
  prune(version.folder, ".so", kKept);
  prune(version.folder, ".headers", kKept);
  return library;
}

fs::path BuildCache::precompiled_header() const {
  return folder_ / "pch" / fmt::format("app-{}.pch", short_hash(recipe_));
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

ScratchFolder::ScratchFolder(const fs::path& parent) {
  std::string name = (parent / "build-XXXXXX").string();
  if (!::mkdtemp(name.data())) {
    throw fs::filesystem_error("cannot make a temporary folder", name,
                               {errno, std::generic_category()});
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what is left is in nobody's way
  fs::remove_all(path_, ignored);
}

}  // namespace hassette::build
