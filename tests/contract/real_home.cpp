#include "real_home.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <hassette/error.hpp>
#include <vector>

#include "base/repository_testing.hpp"
#include "json/parse.hpp"
#include "net/url.hpp"

namespace hassette::contract {

namespace {

[[noreturn]] void fail(std::string_view what, int code) {
  throw Error("home", fmt::format("{}: {}", what, std::strerror(code)));
}

std::string make_folder() {
  std::string path = (std::filesystem::temp_directory_path() / "hassette-home-XXXXXX").string();
  if (!mkdtemp(path.data())) fail("no temporary folder", errno);
  return path;
}

/// Starts a program whose standard output comes back through `out`.
pid_t spawn(const std::vector<std::string>& command, int& out) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe[1]);
  if (failed != 0) {
    close(pipe[0]);
    fail(command[0], failed);
  }
  out = pipe[0];
  return child;
}

std::string read_line(int from) {
  std::string line;
  for (char byte = 0; read(from, &byte, 1) == 1 && byte != '\n';) line += byte;
  return line;
}

}  // namespace

RealHome::RealHome(const std::string& venv) : folder_(make_folder()) {
  int out = -1;
  tool_ = spawn({"python3", base::repository() + "/tests/ha/ha.py", "run", venv, folder_, "--port",
                 "0", "--with-parent", "--gap", "1"},
                out);
  const std::string line = read_line(out);
  close(out);
  const auto facts = json::parse(line);
  const auto url = facts ? net::parse_url((*facts)["url"].get<std::string>().value_or(""))
                         : std::unexpected(facts.error());
  if (!url) {
    end();
    throw Error("home", "Home Assistant did not start; what it said stands above");
  }
  facts_ = *facts;
  port_ = url->port;
}

RealHome::~RealHome() {
  end();
}

void RealHome::restart() {
  ::kill(tool_, SIGHUP);
}

void RealHome::kill() {
  ::kill(tool_, SIGUSR1);
}

void RealHome::end() noexcept {
  ::kill(tool_, SIGTERM);
  waitpid(tool_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace hassette::contract
