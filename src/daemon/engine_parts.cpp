#include "daemon/engine_parts.hpp"

#include <random>

#include "base/version.hpp"
#include "build/cache.hpp"
#include "ha/client.hpp"
#include "log/log.hpp"
#include "net/server.hpp"
#include "web/token.hpp"

namespace hassette::daemon {

namespace {

// An app holds two of them at most, so that a few which block leave some for the others; compilers
// have their own.
constexpr std::size_t kPoolThreads = 8;
constexpr std::size_t kCompilers = 2;

ha::ClientOptions client_options(const config::Settings& settings) {
  const config::BaseUrl& base = settings.base_url;
  return {.base = {.scheme = base.tls ? "https" : "http",
                   .host = base.host,
                   .port = base.port,
                   .target = base.path.empty() ? "/" : base.path},
          .token = settings.token,
          .tls = {.verify = settings.verify_ssl,
                  .ca_file = settings.ca_file ? settings.ca_file->string() : std::string()},
          .seed = std::random_device()()};
}

std::optional<time::Zone> zone_of(const config::Settings& settings) {
  if (!settings.timezone) return std::nullopt;
  const auto zone = time::Zone::find(*settings.timezone);
  return zone ? std::optional(*zone) : std::nullopt;
}

void tell_there_is_no_page(const Error& error, const std::string& remedy) {
  log::error("there is no web page: {}. {}", error.what(), remedy);
}

}  // namespace

EngineParts::EngineParts(const ProcessOptions& options, async::Clock& its_clock,
                         build::Toolchain toolchain, For purpose)
    : settings(options.settings),
      clock(its_clock),
      loop(clock, reactor),
      pool(kPoolThreads),
      compilers(kCompilers),
      board(clock, std::string(kVersion)),
      reporter(loop, board, settings.base_url.str()),
      ledger(purpose == For::kRun
                 ? std::make_unique<app::JobLedger>(
                       loop, app::JobLedgerOptions{.file = jobs_file(),
                                                   .on_fault =
                                                       [this](const std::string& fault) {
                                                         board.set_durable_fault(fault);
                                                         loop.defer([this, fault] {
                                                           engine.tell_of_service("job_ledger",
                                                                                  fault);
                                                         });
                                                       }})
                 : nullptr),
      clock_watch(loop, [this] { engine.clock_was_set(); }),
      engine(loop, pool, ha::over_websocket(loop, client_options(settings)), reporter, reporter,
             {.zone = zone_of(settings),
              .ledger = ledger.get(),
              .seed = std::random_device()(),
              .clock_steps_are_told = clock_watch.works()}),
      compiler(std::move(toolchain), settings.cache_dir, compilers),
      host(settings, compiler, board),
      fibers(loop, [this](const async::Label&, const std::exception_ptr& error) {
        log::error("{}", async::describe(error));
        exit_code = kExitFailure;
        stop.set();
      }) {}

void EngineParts::open_page(const std::string& remedy) {
  const config::WebSettings& wanted = settings.web;
  if (!wanted.enabled) return;
  try {
    page = std::make_unique<web::WebServer>(
        board, web::WebOptions{.host = wanted.host,
                               .port = wanted.port,
                               .token = web::load_or_make_token(settings.data_dir)});
    page->start();
    board.set_page_address(page->address());
  } catch (const Error& error) {
    page.reset();
    // "port 8126 is in use by another program; stop that program, …": the remedy stands above.
    no_page = error.message().substr(0, error.message().find(';'));
    tell_there_is_no_page(error, remedy);
  }
}

Task<std::size_t> EngineParts::try_settings(EngineParts* self, std::string page_remedy) {
  const ha::ClientOptions client = client_options(self->settings);
  const config::WebSettings& page = self->settings.web;
  std::size_t wrong = 0;
  if (client.base.secure()) {
    try {
      net::expect_usable(client.tls);
    } catch (const Error& error) {
      log::error("{}: {}", client.base.origin(), error.what());
      ++wrong;
    }
  }
  if (page.enabled) {
    try {
      co_await net::Server::expect_address(&self->loop, page.host, page.port);
    } catch (const Error& error) {
      tell_there_is_no_page(error, page_remedy);
      ++wrong;
    }
  }
  co_return wrong;
}

std::optional<build::Toolchain> tools_for_apps(const ProcessOptions& options) {
  auto toolchain = build::find_toolchain(
      {.path = options.path, .compiler = options.compiler, .program = build::running_program()});
  if (!toolchain) {
    log::error("{}", toolchain.error());
    return std::nullopt;
  }
  if (const auto cache = build::make_cache(options.settings.cache_dir); !cache) {
    log::error("{}", cache.error());
    return std::nullopt;
  }
  return std::move(*toolchain);
}

}  // namespace hassette::daemon
