#include "cli/test_sources.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <hassette/error.hpp>
#include <system_error>

#include "build/cache.hpp"
#include "build/hash.hpp"

namespace hassette::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = "_test.cpp";

bool is_hidden(const fs::path& file) {
  return file.filename().string().starts_with('.');
}

// Calls `visit` with every entry below the folder that is not hidden; `without` is left out with
// what is below it.
void walk(const fs::path& folder, const fs::path& without, const auto& visit) {
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    if (is_hidden(at->path()) || at->path() == without) {
      at.disable_recursion_pending();
    } else {
      visit(*at);
    }
  }
}

// The text of the file; empty where it is gone.
std::string text_of(const fs::path& file) {
  try {
    return build::read_file(file);
  } catch (const Error&) {
    return {};
  }
}

// Whether a path may have begun before what follows this character.
bool goes_on(char c) {
  constexpr std::string_view kOthers = "/._-+~@%";
  const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return is_plain || static_cast<unsigned char>(c) >= 0x80 || kOthers.contains(c);
}

// Only where a path begins with it: what is the beginning of one may stand in the middle of others.
void replace_beginnings(std::string& text, const std::string& from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;) {
    const bool begins = at == 0 || !goes_on(text[at - 1]);
    if (begins) text.replace(at, from.size(), to);
    at = text.find(from, at + (begins ? to.size() : 1));
  }
}

}  // namespace

fs::path tests_folder(const fs::path& root, const fs::path& apps_dir) {
  return (apps_dir == root ? root : apps_dir.parent_path()) / "tests";
}

std::expected<std::vector<fs::path>, std::string> find_test_sources(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return std::unexpected(fmt::format("there is no folder {}; put a test there, such as {}",
                                       folder.string(),
                                       (folder / "first_light_test.cpp").string()));
  }
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code gone;
    if (name.ends_with(kEnding) && !is_hidden(name) && at->is_regular_file(gone)) {
      found.push_back(at->path());
    }
  }
  if (error) {
    return std::unexpected(
        fmt::format("the folder {} cannot be read: {}", folder.string(), error.message()));
  }
  if (found.empty()) {
    return std::unexpected(fmt::format("there is no test in {}; a test's file is called *{}",
                                       folder.string(), kEnding));
  }
  std::ranges::sort(found);
  return found;
}

std::string test_fingerprint(const fs::path& source) {
  const std::string text = text_of(source);
  std::string all = build::sha256(text);
  for (const fs::path& header : build::quoted_headers(source)) {
    all += fmt::format("\n{} {}", header.string(), build::read_header(header).hash);
  }
  std::vector<fs::path> named;
  walk(source.parent_path(), {}, [&](const fs::directory_entry& entry) {
    std::error_code gone;
    const std::string name = entry.path().filename().string();
    const bool is_other_test = name.ends_with(kEnding);
    if (!is_other_test && entry.is_regular_file(gone) && text.contains(name)) {
      named.push_back(entry.path());
    }
  });
  std::ranges::sort(named);
  for (const fs::path& file : named) {
    all += fmt::format("\n{} {}", file.string(), build::read_header(file).hash);
  }
  return build::sha256(all);
}

std::set<fs::path> test_folders(const std::vector<fs::path>& top,
                                const std::vector<fs::path>& sources, const fs::path& cache) {
  std::set<fs::path> folders;
  for (const fs::path& folder : top) {
    folders.insert(folder);
    walk(folder, cache, [&](const fs::directory_entry& entry) {
      std::error_code gone;
      if (entry.is_directory(gone)) folders.insert(entry.path());
    });
  }
  for (const fs::path& source : sources) {
    for (const fs::path& header : build::quoted_headers(source)) {
      folders.insert(header.lexically_normal().parent_path());
    }
    for (const fs::path& header : build::missing_headers(source)) {
      std::error_code gone;
      fs::path folder = header.lexically_normal().parent_path();
      // The one that is there says when the next one appears.
      while (folders.insert(folder).second && !fs::is_directory(folder, gone)) {
        folder = folder.parent_path();
      }
    }
  }
  return folders;
}

std::string googletest_filter(std::string_view text) {
  std::string filter = "*";
  // What would begin another part of the filter stands for itself here, or nearly so.
  for (const char c : text) filter += c == ':' || c == '-' ? '?' : c;
  return filter + '*';
}

std::string shorten_paths(std::string text, const fs::path& root, const fs::path& tests) {
  replace_beginnings(text, (tests / ".." / "").string(), (tests.parent_path() / "").string());
  if (root.has_relative_path()) replace_beginnings(text, (root / "").string(), "");
  return text;
}

}  // namespace hassette::cli
