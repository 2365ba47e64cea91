#include "build/compiler.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <hassette/error.hpp>
#include <utility>

#include "build/abi.hpp"
#include "build/hash.hpp"
#include "build/initialisers.hpp"
#include "build/process.hpp"
#include "build/sealed_file.hpp"
#include "log/log.hpp"

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kParallel = 2;
// A source that is saved while it is compiled is compiled again, this many times at most.
constexpr int kAttempts = 3;

// All but the source that decides what comes out of a compilation.
std::string recipe(const Toolchain& toolchain, const Product& product) {
  std::string text = fmt::format("{}\nsealed\n{}\n{}\n", abi_stamp(), toolchain.compiler.string(),
                                 toolchain.version);
  for (const std::string& flag : product.compile_flags) text += flag + '\n';
  for (const std::string& flag : product.link_flags) text += flag + '\n';
  if (product.defers_initialisers) text += "initialisers are deferred\n";
  return text;
}

// An app that is compiled against other headers than the engine was must not be loaded.
std::expected<void, std::string> check_headers(const Toolchain& toolchain) {
  try {
    if (hash_headers(toolchain.include_dir) == abi_headers()) return {};
    return std::unexpected(
        fmt::format("the headers in {} are not those that this engine was built from: build or "
                    "install Hassette again",
                    (toolchain.include_dir / "hassette").string()));
  } catch (const std::exception& error) {
    return std::unexpected(fmt::format("the engine's headers cannot be read: {}", error.what()));
  }
}

std::vector<std::string> command(const Toolchain& toolchain, const std::vector<std::string>& flags,
                                 std::vector<std::string> more) {
  std::vector<std::string> argv{toolchain.compiler.string()};
  argv.insert(argv.end(), flags.begin(), flags.end());
  argv.insert(argv.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
  return argv;
}

bool is_stale_pch(const ProcessResult& result) {
  const auto says = [&](std::string_view words) {
    return result.output.find(words) != std::string::npos;
  };
  // The second: it was not there when the compiler looked, whether or not it is now.
  return says("rebuild precompiled header") || (says("PCH file") && says("not found"));
}

// The author's own headers: the engine's are part of the recipe.
std::vector<fs::path> own_headers(const fs::path& depfile, const fs::path& source,
                                  const fs::path& include_dir) {
  std::vector<fs::path> headers = parse_depfile(read_file(depfile), source);
  std::erase_if(headers, [&](const fs::path& header) {
    return header.string().starts_with((include_dir / "").string());
  });
  return headers;
}

// What the compiler may read, as it is before it reads it.
std::vector<HeaderVersion> read_all(const std::set<fs::path>& files) {
  std::vector<HeaderVersion> versions;
  versions.reserve(files.size());
  for (const fs::path& file : files) versions.push_back(read_header(file));
  return versions;
}

}  // namespace

/// An attempt at the precompiled header, which every build waits for that needs it.
struct AppCompiler::PchAttempt {
  AsyncEvent ended;
  std::optional<PchResult> result;  // empty after `ended`: it was cancelled
};

/// How one compilation went.
struct AppCompiler::Outcome {
  Result result = std::unexpected(BuildFailure{});
  bool stale_pch = false;
};

/// The right to compile one source, given back when it goes.
class AppCompiler::Slot {
 public:
  Slot(AppCompiler& compiler, fs::path source) : compiler_(compiler), source_(std::move(source)) {
    compiler_.compiling_.insert(source_);
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() {
    compiler_.compiling_.erase(source_);
    compiler_.slot_freed_.set();
  }

 private:
  AppCompiler& compiler_;
  fs::path source_;
};

AppCompiler::AppCompiler(Toolchain toolchain, const fs::path& cache_dir, async::Pool& pool,
                         std::optional<Product> product)
    : toolchain_(std::move(toolchain)),
      product_(product ? std::move(*product) : plug_in(toolchain_)),
      usable_(check_headers(toolchain_)),
      cache_(fs::absolute(cache_dir).lexically_normal(), recipe(toolchain_, product_),
             product_.extension),
      pool_(pool) {}

AppCompiler::~AppCompiler() = default;

Task<AppCompiler::Result> AppCompiler::build(const fs::path& source) {
  return build_source(fs::absolute(source).lexically_normal());
}

Task<std::optional<AppCompiler::Result>> AppCompiler::find(const fs::path& source) {
  return look_up(fs::absolute(source).lexically_normal());
}

Task<AppCompiler::PchResult> AppCompiler::prepare_pch() {
  return pch();
}

Task<AppCompiler::Result> AppCompiler::build_source(fs::path source) {
  if (auto found = co_await look_up(source)) co_return std::move(*found);
  while (compiling_.size() >= kParallel || compiling_.contains(source)) {
    slot_freed_.clear();
    co_await slot_freed_.wait();
  }
  const Slot slot(*this, source);
  // Whoever had the slot may have built the same.
  if (auto found = co_await look_up(source)) co_return std::move(*found);
  std::chrono::nanoseconds pch_time{};
  for (int attempt = 1;; ++attempt) {
    PchResult header = co_await pch();
    if (!header) co_return std::unexpected(std::move(header.error()));
    pch_time += *header;
    Outcome outcome = co_await compile(source);
    if (outcome.stale_pch && attempt == 1) {
      // A header of the system has changed: one more precompiled header, and again.
      pch_ready_ = false;
      std::error_code error;
      fs::remove(cache_.precompiled_header(), error);
      continue;
    }
    if (outcome.result) outcome.result->pch_time = pch_time;
    co_return std::move(outcome.result);
  }
}

Task<std::optional<AppCompiler::Result>> AppCompiler::look_up(fs::path source) {
  std::optional<Result> result;
  co_await pool_.run([&](const std::stop_token&) {
    if (!usable_) {
      result = failure(usable_.error());
      return;
    }
    if (auto prepared = cache_.prepare(); !prepared) {
      result = failure(prepared.error());
      return;
    }
    std::call_once(tidied_, [&] { cache_.remove_abandoned(); });
    try {
      Found found = cache_.find(cache_.read(source));
      if (!found.dropped.empty()) {
        log::warning("{}: {} is compiled again", found.dropped, source.filename().string());
      }
      if (found.library) {
        result = Built{.library = std::move(*found.library), .was_cached = true, .warnings = {}};
      }
    } catch (const std::exception& error) {
      result = failure(error.what());
    }
  });
  co_return result;
}

Task<AppCompiler::PchResult> AppCompiler::pch() {
  while (!pch_ready_) {
    if (pch_attempt_) {
      const std::shared_ptr<PchAttempt> attempt = pch_attempt_;
      co_await attempt->ended.wait();
      if (attempt->result) co_return *attempt->result;
      continue;
    }
    // Ends the attempt also where this fiber is cancelled: one of those that wait takes over.
    class Attempt {
     public:
      explicit Attempt(AppCompiler& compiler) : compiler_(compiler) {
        compiler_.pch_attempt_ = attempt_;
      }
      Attempt(const Attempt&) = delete;
      Attempt& operator=(const Attempt&) = delete;
      ~Attempt() {
        compiler_.pch_attempt_ = nullptr;
        attempt_->ended.set();
      }
      PchAttempt& operator*() const { return *attempt_; }

     private:
      AppCompiler& compiler_;
      std::shared_ptr<PchAttempt> attempt_ = std::make_shared<PchAttempt>();
    };
    const Attempt attempt(*this);
    PchResult result;
    co_await pool_.run([&](const std::stop_token& stop) { make_pch(stop, result); });
    pch_ready_ = result.has_value();
    (*attempt).result = result;
    co_return result;
  }
  co_return std::chrono::nanoseconds(0);
}

void AppCompiler::make_pch(const std::stop_token& stop, PchResult& result) const {
  try {
    if (!usable_) {
      result = failure(usable_.error());
      return;
    }
    if (auto prepared = cache_.prepare(); !prepared) {
      result = failure(prepared.error());
      return;
    }
    const fs::path target = cache_.precompiled_header();
    const Found kept = cache_.find_precompiled_header();
    if (!kept.dropped.empty()) log::warning("{}: it is made again", kept.dropped);
    if (kept.library) {
      result = std::chrono::nanoseconds(0);
      return;
    }
    const ScratchFolder scratch(cache_.scratch());
    const fs::path made = scratch.path() / "app.pch";
    const fs::path header = toolchain_.include_dir / product_.header;
    const ProcessResult compiled =
        run_child(command(toolchain_, product_.compile_flags,
                          {"-x", "c++-header", header.string(), "-o", made.string()}),
                  {}, stop);
    if (!compiled.ok()) {
      const DiagnosticScope scope{.source = header, .include_dir = "/usr"};
      result = std::unexpected(refused(compiled, "compile", scope, cache_));
      return;
    }
    put_sealed(made, target);
    // Those of other engines and compilers are of no use any more. Ours stays all the while:
    // another engine that shares the cache may be about to read it.
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(target.parent_path())) {
      if (entry.path() != target) fs::remove(entry.path(), ignored);
    }
    result = compiled.took;
  } catch (const std::exception& error) {
    result = std::unexpected(not_built("the precompiled header cannot be made", error, cache_));
  }
}

Task<AppCompiler::Outcome> AppCompiler::compile(fs::path source) {
  Outcome outcome;
  co_await pool_.run([&](const std::stop_token& stop) { compile_blocking(source, stop, outcome); });
  co_return outcome;
}

void AppCompiler::compile_blocking(const fs::path& source, const std::stop_token& stop,
                                   Outcome& outcome) const {
  const DiagnosticScope scope{
      .source = source, .include_dir = toolchain_.include_dir, .unit = product_.unit};
  try {
    std::set<fs::path> known;
    for (int attempt = 1; attempt <= kAttempts; ++attempt) {
      const ScratchFolder scratch(cache_.scratch());
      const fs::path object = scratch.path() / "app.o";
      const fs::path depfile = scratch.path() / "app.d";
      const fs::path library = scratch.path() / "app.so";
      const SourceVersion version = cache_.read(source);
      for (fs::path& header : quoted_headers(source)) known.insert(std::move(header));
      const std::vector<HeaderVersion> before = read_all(known);
      // Two commands, not one: the driver compiles in its own process then, so that what kills it
      // kills the compiler.
      const ProcessResult compiled = run_child(
          command(toolchain_, product_.compile_flags,
                  {"-include-pch", cache_.precompiled_header().string(), "-c", source.string(),
                   "-o", object.string(), "-MMD", "-MT", "app", "-MF", depfile.string()}),
          {}, stop);
      if (!compiled.ok()) {
        // Another engine that shares the cache may have removed it.
        outcome.stale_pch = is_stale_pch(compiled) || !fs::exists(cache_.precompiled_header());
        outcome.result = std::unexpected(with_report(refused(compiled, "compile", scope, cache_),
                                                     compiled.output, cache_, version));
        return;
      }
      std::vector<HeaderVersion> headers;
      for (const fs::path& header : own_headers(depfile, source, toolchain_.include_dir)) {
        headers.push_back(read_header(header));
        known.insert(header);
      }
      // What was saved in the meantime may or may not be what the compiler has read; nor can that
      // be said of a header that was not known to be one (its name came from a macro).
      const bool unchanged = std::ranges::all_of(headers, [&](const HeaderVersion& header) {
        return std::ranges::find(before, header) != before.end();
      });
      if (cache_.read(source) != version || !unchanged) continue;
      const ProcessResult linked = run_child(
          command(toolchain_, {object.string(), "-o", library.string()}, product_.link_flags), {},
          stop);
      if (!linked.ok()) {
        outcome.result = std::unexpected(
            with_report(refused(linked, "link", scope, cache_), linked.output, cache_, version));
        return;
      }
      if (product_.defers_initialisers) defer_initialisers(library);
      outcome.result = Built{.library = cache_.store(version, headers, library),
                             .compile_time = compiled.took,
                             .link_time = linked.took,
                             .warnings = explain(parse_diagnostics(compiled.output), scope)};
      return;
    }
    outcome.result = failure(fmt::format("{} changes while it is compiled; save it once more",
                                         source.filename().string()));
  } catch (const std::exception& error) {
    outcome.result = std::unexpected(
        not_built(fmt::format("{} cannot be built", source.filename().string()), error, cache_));
  }
}

}  // namespace hassette::build
