#include "cli/test_verb.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <hassette/async.hpp>
#include <ostream>
#include <thread>
#include <utility>

#include "async/bucket.hpp"
#include "async/clock.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"
#include "async/reactor.hpp"
#include "build/cache.hpp"
#include "build/compiler.hpp"
#include "cli/test_session.hpp"

namespace hassette::cli {

namespace fs = std::filesystem;

namespace {

struct Tools {
  build::Toolchain toolchain;
  build::Product product;
};

std::expected<Tools, std::string> find_tools(const TestOptions& options) {
  auto toolchain = build::find_toolchain(options.toolchain);
  if (!toolchain) return std::unexpected(std::move(toolchain.error()));
  const auto googletest = build::find_googletest(options.googletest);
  if (!googletest) return std::unexpected(googletest.error());
  if (auto cache = build::make_cache(options.cache_dir); !cache) {
    return std::unexpected(std::move(cache.error()));
  }
  build::Product product = build::test_program(*toolchain, *googletest);
  return Tools{.toolchain = std::move(*toolchain), .product = std::move(product)};
}

/// One for each program that may run at once; there are always two, for the two compilers.
std::size_t threads() {
  return std::clamp(std::thread::hardware_concurrency(), 2U, 16U);
}

Task<> live(async::Loop* loop, TestSession* session, AsyncEvent* stopped) {
  co_await when_any(session->run(), stopped->wait());
  loop->stop();
}

}  // namespace

int run_tests(const TestOptions& given, std::ostream& out, std::ostream& err,
              const std::stop_token& stop) {
  TestOptions options = given;
  options.root = fs::absolute(options.root).lexically_normal();
  options.apps_dir = fs::absolute(options.apps_dir).lexically_normal();
  options.cache_dir = fs::absolute(options.cache_dir).lexically_normal();
  auto tools = find_tools(options);
  if (!tools) {
    err << "hassette test: " << tools.error() << '\n';
    return kTestsImpossible;
  }
  async::RealClock clock;
  async::ParkReactor reactor;
  async::Loop loop(clock, reactor);
  async::Pool pool(threads());
  // Beside the apps' own: each has one precompiled header in its folder.
  build::AppCompiler compiler(std::move(tools->toolchain), options.cache_dir / "tests", pool,
                              std::move(tools->product));
  TestSession session(options, compiler, pool, out, err);
  AsyncEvent stopped;
  bool broke = false;
  {
    const std::stop_callback on_stop(stop, [&] { loop.post([&] { stopped.set(); }); });
    async::Bucket root(loop, [&](const async::Label&, const std::exception_ptr& error) {
      err << "hassette test: " << async::describe(error) << '\n';
      broke = true;
      loop.stop();
    });
    root.spawn(async::intern_label("engine", "test"), live(&loop, &session, &stopped));
    loop.run();
    loop.run_ready();
  }
  if (broke) return kTestsFailed;
  if (stop.stop_requested()) return options.watch ? kTestsPassed : kTestsStopped;
  return session.exit_code();
}

}  // namespace hassette::cli
