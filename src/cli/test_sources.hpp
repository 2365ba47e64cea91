#pragma once
// The tests of a home: tests/*_test.cpp beside apps/, and what each of them depends on.
//
// Pure questions to the file system, asked anew each time; any thread. A file that goes away in
// between counts as one that is not there.
#include <expected>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::cli {

/// Where a home's tests lie: beside its apps, and in the home where its own folder holds those.
std::filesystem::path tests_folder(const std::filesystem::path& root,
                                   const std::filesystem::path& apps_dir);

/// The test files of the folder, in the order of their names; a sentence where there are none.
std::expected<std::vector<std::filesystem::path>, std::string> find_test_sources(
    const std::filesystem::path& folder);

/// One text for all that a test's outcome can depend on: its source, what it includes by
/// `#include "…"` (the app that it tests), and the files beside it that it names. It is another
/// one exactly when the test has to run again.
std::string test_fingerprint(const std::filesystem::path& source);

/// The folders in which a change may be one of these tests': `top` and what is below it, and where
/// the tests include from. Where that is not there yet, what is above it belongs to it, down from
/// the first folder that is. What the compiler writes below `cache` is no change of anybody's.
std::set<std::filesystem::path> test_folders(const std::vector<std::filesystem::path>& top,
                                             const std::vector<std::filesystem::path>& sources,
                                             const std::filesystem::path& cache);

/// What GoogleTest's --gtest_filter calls the tests whose name holds this text; `*` stands for
/// any text.
std::string googletest_filter(std::string_view text);

/// The text without what leads to the home's folder where a path begins with it, also where a test
/// includes from `../`.
std::string shorten_paths(std::string text, const std::filesystem::path& root,
                          const std::filesystem::path& tests);

}  // namespace hassette::cli
