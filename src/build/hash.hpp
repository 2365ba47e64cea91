#pragma once
// Content hashes: what names builds, so that nothing is compiled twice.
//
// Pure functions but for the files that they read; any thread. What cannot be read is an Error.
#include <filesystem>
#include <string>
#include <string_view>

namespace hassette::build {

/// SHA-256 in lower-case hexadecimal.
std::string sha256(std::string_view bytes);

/// The bytes of a file.
std::string read_file(const std::filesystem::path& file);

/// One hash of all public headers below `include_dir`, made as cmake/abi.cmake makes it.
std::string hash_headers(const std::filesystem::path& include_dir);

}  // namespace hassette::build
