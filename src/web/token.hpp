#pragma once
// The page's token: who knows it may look.
//
// Made once and kept in a file that only its owner may read, so that the page's link survives a
// restart. Called at start, on any thread. A folder that cannot be written is a warning in the log
// and a token for this run alone.
#include <filesystem>
#include <string_view>

#include <hassette/secret.hpp>

namespace hassette::web {

inline constexpr std::string_view kTokenFile = "web_token";

Secret load_or_make_token(const std::filesystem::path& data_dir);
/// 32 random bytes in hexadecimal.
Secret make_token();
/// Long enough, and of characters that a link and a cookie carry as they are.
bool is_usable_token(std::string_view token) noexcept;

}  // namespace hassette::web
