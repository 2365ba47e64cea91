// The `.env` file beside hassette.toml: NAME=value lines, mostly for the token.
//
// Pure functions but for the file that is read; any thread. Messages name the line and never show
// it, since every value may be a secret.
#pragma once

#include <filesystem>
#include <hassette/config.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::config {

struct EnvFile {
  struct Entry {
    std::string value;
    unsigned line = 0;
  };
  std::map<std::string, Entry> entries;  // the last one counts where a name stands twice
  std::vector<std::string> broken;  // what stands for a name in the lines that problems are about
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;
};

// `NAME=value`, optionally after `export`; "double quotes" with \n \t \" \\ \$, 'single quotes'
// without; `#` starts a comment at the start of a line or after a space.
[[nodiscard]] EnvFile parse_env_file(std::string_view text, const std::string& name);

// A file that is not there is empty; one that other users may read is worth a warning.
[[nodiscard]] EnvFile load_env_file(const std::filesystem::path& file, const std::string& name);

}  // namespace hassette::config
