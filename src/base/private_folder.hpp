#pragma once
// Whether what lies in a folder is this user's alone to change.
//
// What Hassette keeps is loaded as code, or opens its page: a folder that others may change, or put
// another one in the place of, is no place for it. Links are looked at, not followed. Any thread;
// the answers are ends of sentences, "belongs to another user (uid 5)", and empty if all is well.
#include <filesystem>
#include <string>

namespace hassette::base {

/// Why others may change what lies in the folder itself.
std::string why_not_private(const std::filesystem::path& folder);

/// Why others may move the folder away and put theirs in its place: of one of the folders above it,
/// with its name in front.
std::string why_replaceable(const std::filesystem::path& folder);

/// The same, but only where everybody may: for a folder that its user chose, whose affair it is to
/// whom those above it belong.
std::string why_replaceable_by_all(const std::filesystem::path& folder);

}  // namespace hassette::base
