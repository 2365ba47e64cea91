#pragma once
// The file of a database in the file system: made with care, or set aside. Any thread.
#include <filesystem>

namespace hassette::store {

/// The path with every link in its folder's name followed, after making sure that a file is there
/// which is a plain one, this user's own, and no others' to read. Makes an empty one where there is
/// none. Throws StoreError.
std::filesystem::path prepare_file(const std::filesystem::path& file);

/// Renames a damaged database and what belongs to it; gives the new name. Keeps the last few.
/// Throws StoreError.
std::filesystem::path set_aside(const std::filesystem::path& file);

}  // namespace hassette::store
