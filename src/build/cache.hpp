#pragma once
// The build cache: plug-ins, or programs of tests, by the hash of all that went into them.
//
// Each source has a folder of its own with its newest plug-ins, and for each version of the source
// the list of headers that it was seen to include; a plug-in's name holds the hash of the source,
// those headers, the flags, the compiler and the engine. Everything appears by rename, so several
// processes may share a cache. What lies here is loaded into the engine: a cache that others may
// write is refused, and what they could have written in it, or is damaged, is dropped. Blocks on
// the disk; any thread, one at a time for one source. Throws Error and
// std::filesystem::filesystem_error.
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::build {

/// Makes the folder, for its owner alone, or says why an existing one cannot be trusted.
std::expected<void, std::string> make_private_folder(const std::filesystem::path& folder);

/// Makes a cache and its folders, or says why one of them, or where they lie, cannot be trusted.
std::expected<void, std::string> make_cache(const std::filesystem::path& folder);

/// One version of a header: what it holds, and which file that was. Two that are equal before and
/// after a compilation were not touched in between; no clock is asked.
struct HeaderVersion {
  std::filesystem::path file;
  std::string hash;   ///< of its bytes; empty if it cannot be read
  std::string place;  ///< device, inode, size, and when it was written and changed

  bool operator==(const HeaderVersion&) const = default;
};

HeaderVersion read_header(const std::filesystem::path& file);
/// The headers that a source includes by `#include "…"`, and those that they do, as far as they are
/// there; also where the preprocessor would leave some out.
std::vector<std::filesystem::path> quoted_headers(const std::filesystem::path& source);
/// Those that are not there, beside the file that asks for them: the engine's own are among them.
std::vector<std::filesystem::path> missing_headers(const std::filesystem::path& source);

/// One version of one source.
struct SourceVersion {
  std::filesystem::path source;  ///< absolute
  std::filesystem::path folder;  ///< where its builds are kept
  std::string hash;              ///< of its bytes and of how it is compiled

  bool operator==(const SourceVersion&) const = default;
};

/// What the cache has.
struct Found {
  std::optional<std::filesystem::path> library;  ///< or program, or precompiled header
  /// What had to be dropped, and why: "/…/o-1234.so is damaged"; empty in a cache that is well.
  std::string dropped;
};

class BuildCache {
 public:
  /// `recipe` is everything but the source that decides what comes out of a compilation; what does
  /// is kept under names with this extension.
  BuildCache(std::filesystem::path folder, std::string recipe, std::string extension = ".so");

  const std::filesystem::path& folder() const { return folder_; }
  /// Makes the folders of the cache, or says why it cannot be used.
  std::expected<void, std::string> prepare() const;

  SourceVersion read(const std::filesystem::path& source) const;
  /// The plug-in of this version with its headers as they are now, as it was stored.
  Found find(const SourceVersion& version) const;
  /// Takes a plug-in, which was made with these headers, and drops the oldest ones of this source.
  std::filesystem::path store(const SourceVersion& version,
                              const std::vector<HeaderVersion>& headers,
                              const std::filesystem::path& built) const;
  /// Keeps what the compiler said about this source until it says something else, or until a
  /// plug-in of it is stored; gives the file.
  std::filesystem::path keep_report(const SourceVersion& version, std::string_view text) const;
  /// Removes what compilations left behind that were killed, also other processes'.
  void remove_abandoned() const;
  std::filesystem::path precompiled_header() const;
  /// The same, if it is there and as it was put there.
  Found find_precompiled_header() const;
  std::filesystem::path scratch() const { return folder_ / "tmp"; }

 private:
  std::filesystem::path folder_;
  std::string recipe_;
  std::string extension_;
};

/// The prerequisites that a depfile of the compiler's lists, the source itself excepted.
std::vector<std::filesystem::path> parse_depfile(std::string_view text,
                                                 const std::filesystem::path& source);

/// A folder that is removed with its content. It is locked for as long as it is used, so that what
/// was left behind by a process that died can be told from what another one works in.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::filesystem::path& parent);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

  /// Removes the scratch folders in `parent` that nobody uses.
  static void remove_abandoned(const std::filesystem::path& parent);

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace hassette::build
