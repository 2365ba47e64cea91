#pragma once
// The command line of `hassette test`: its options, and the home that they are about.
//
// Tests need no Home Assistant: of the settings, only those count that say where things are, and a
// missing token is none of them. Called by main(), once.
#include <iosfwd>
#include <map>
#include <stop_token>
#include <string>

#include "cli/home_arguments.hpp"
#include "cli/test_verb.hpp"

namespace CLI {
class App;
}

namespace hassette::cli {

struct TestCommand {
  HomeArguments home;
  TestOptions options;  ///< those that the command line has
};

/// Tells the verb its options; `command` has to live until they are parsed.
void declare_test(CLI::App& verb, TestCommand& command);

/// The program's exit code.
int test(const TestCommand& command, std::map<std::string, std::string> environment,
         std::ostream& out, std::ostream& err, const std::stop_token& stop);

}  // namespace hassette::cli
