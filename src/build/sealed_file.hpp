#pragma once
// Files of the build cache: written so that a power cut leaves a whole one or none, and sealed so
// that damage is found before anything of them is loaded.
//
// A seal is a line behind the file's own bytes, where neither a loader nor a kernel looks: a
// checksum of those bytes and of the file's name, so that another plug-in under this name is none.
// Every file is its owner's alone, whatever the umask says. Blocks on the disk; any thread. Throws
// Error and std::filesystem::filesystem_error; the answers are ends of sentences, "is damaged".
#include <filesystem>
#include <string>
#include <string_view>

namespace hassette::build {

/// Seals a finished file and gives it its name: first its bytes reach the disk, then the name does.
/// What had the name goes, also a folder.
void put_sealed(const std::filesystem::path& made, const std::filesystem::path& target);
/// Puts a text in place in the same way, without a seal.
void write_in_place(const std::filesystem::path& target, std::string_view text);

/// Why others could have made the file what it is; empty if only this user could.
std::string why_not_own(const std::filesystem::path& file);
/// The same, or why it is not what was sealed; empty if it is.
std::string why_not_sealed(const std::filesystem::path& file);

}  // namespace hassette::build
