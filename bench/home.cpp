// A home for programs of their own: answers on loopback until it is ended.
//
//   bench_home [--port N] [--entities N]
//
// Prints `port N` once it listens.
#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "flood_home.hpp"

namespace {

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error(fmt::format("`{}` is not a number that fits", text));
  }
  return value;
}

}  // namespace

int main(int argc, char** argv) try {
  bench::FloodOptions options{.makes_events = false};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--port")
      options.port = number<std::uint16_t>(argv[i + 1]);
    else if (name == "--entities")
      options.entities = number<std::size_t>(argv[i + 1]);
    else
      throw std::runtime_error(fmt::format("unknown option {}", name));
  }
  const bench::FloodHome home(options);
  fmt::print("port {}\n", home.port());
  std::fflush(stdout);
  for (;;) ::pause();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_home: %s\n", error.what());
  return 1;
}
