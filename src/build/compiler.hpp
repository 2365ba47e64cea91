#pragma once
// AppCompiler: from an author's source to a plug-in that can be loaded, or a program of tests.
//
// Owned by the host, or by `hassette test`; called on the loop's thread, works on the pool's. The
// precompiled header is made once, on first need; at most two apps are compiled at once, and one
// source never twice at the same time. Cancelling a build kills its compiler and leaves nothing
// half-made in the cache. What the author must mend is a BuildFailure; nothing but Cancelled is
// thrown.
#include <chrono>
#include <expected>
#include <filesystem>
#include <hassette/async.hpp>
#include <hassette/task.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/pool.hpp"
#include "build/cache.hpp"
#include "build/diagnostics.hpp"
#include "build/failure.hpp"
#include "build/product.hpp"
#include "build/toolchain.hpp"

namespace hassette::build {

struct Built {
  std::filesystem::path library;  ///< or the program, where that is the product
  bool was_cached = false;
  std::chrono::nanoseconds compile_time{};
  std::chrono::nanoseconds link_time{};
  std::chrono::nanoseconds pch_time{};  ///< zero where the precompiled header was there already
  std::vector<Diagnostic> warnings;
};

class AppCompiler {
 public:
  using Result = std::expected<Built, BuildFailure>;
  using PchResult = std::expected<std::chrono::nanoseconds, BuildFailure>;

  /// Plug-ins, unless another product is given; each product needs a cache folder of its own.
  AppCompiler(Toolchain toolchain, const std::filesystem::path& cache_dir, async::Pool& pool,
              std::optional<Product> product = {});
  AppCompiler(const AppCompiler&) = delete;
  AppCompiler& operator=(const AppCompiler&) = delete;
  ~AppCompiler();

  /// The plug-in of this source as it is now, from the cache if it holds it.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Result> build(
      const std::filesystem::path& source);

  /// The same without compiling: empty where that is needed.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<std::optional<Result>> find(
      const std::filesystem::path& source);

  /// Makes the precompiled header if the cache does not hold it; gives how long that took. A build
  /// does the same where it needs it.
  [[clang::coro_wrapper]] Task<PchResult> prepare_pch();

 private:
  class Slot;
  struct PchAttempt;
  struct Outcome;

  Task<Result> build_source(std::filesystem::path source);
  Task<PchResult> pch();
  Task<std::optional<Result>> look_up(std::filesystem::path source);
  Task<Outcome> compile(std::filesystem::path source);
  void make_pch(const std::stop_token& stop, PchResult& result) const;
  void compile_blocking(const std::filesystem::path& source, const std::stop_token& stop,
                        Outcome& outcome) const;

  Toolchain toolchain_;
  Product product_;
  std::expected<void, std::string> usable_;
  BuildCache cache_;
  async::Pool& pool_;
  std::once_flag tidied_;                    // the cache, of what a killed process left in it
  std::shared_ptr<PchAttempt> pch_attempt_;  // loop thread only, like what follows
  bool pch_ready_ = false;
  std::set<std::filesystem::path> compiling_;
  AsyncEvent slot_freed_;
};

}  // namespace hassette::build
