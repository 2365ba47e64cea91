#pragma once
// Names the option that does not exist, which the compiler does not.
//
// Clang only says that the braces do not fit the struct of options. The members of that struct are
// read from the engine's header, the designators from the author's file. Reads files; any thread;
// what cannot be read leads to a more general sentence.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "build/diagnostics.hpp"

namespace hassette::build {

/// The members of a struct of the public headers, each of which has a default.
std::vector<std::string> option_names(const std::filesystem::path& include_dir,
                                      std::string_view type);

/// The author's call, from the line of the error to the end of the statement; that line alone where
/// the file cannot be read.
std::string call_at(const Diagnostic& diagnostic);

/// The designators of a call: ".name =" gives "name". Those of nested braces are not among them.
std::vector<std::string> designators(std::string_view call);

std::string describe_wrong_option(const Diagnostic& diagnostic, std::string_view type,
                                  const std::filesystem::path& include_dir);

}  // namespace hassette::build
