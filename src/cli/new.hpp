#pragma once
// `hassette new FOLDER`: a home to start from.
//
// Writes hassette.toml, .env (readable by its owner alone), .gitignore, .clangd, one commented app
// and its test. Touches nothing that exists: a folder with anything in it is refused. No thread of
// its own, no network; what goes wrong is one sentence on `err`.
#include <filesystem>
#include <iosfwd>

namespace hassette::cli {

/// The program's exit code: 0, or 1 with the reason on `err`.
int new_home(const std::filesystem::path& folder, std::ostream& out, std::ostream& err);

}  // namespace hassette::cli
