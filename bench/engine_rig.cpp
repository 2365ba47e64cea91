#include "engine_rig.hpp"

#include <cstdio>
#include <cstdlib>

#include "ha/client.hpp"

namespace bench {

using namespace hassette;

namespace {

[[noreturn]] void give_up(const async::Label& label, const std::exception_ptr& error) {
  std::fprintf(stderr, "%s: %s\n", label.task.c_str(), async::describe(error).c_str());
  std::exit(1);
}

ha::ClientOptions options_for(std::uint16_t port) {
  return {.base = {.scheme = "http", .host = "127.0.0.1", .port = port, .target = "/"},
          .token = Secret("bench")};
}

Task<> then_stop(Task<> task, async::Loop* loop, std::exception_ptr* error) {
  try {
    co_await std::move(task);
  } catch (...) {
    *error = std::current_exception();
  }
  loop->stop();
}

}  // namespace

EngineRig::EngineRig(std::uint16_t port)
    : loop_(clock_, reactor_),
      pool_(1),
      board_(clock_, "bench"),
      reporter_(loop_, board_, "http://127.0.0.1"),
      engine_(loop_, pool_, ha::over_websocket(loop_, options_for(port)), reporter_, reporter_),
      tasks_(loop_, give_up),
      owner_{.app = "bench", .bucket = &tasks_, .router = &engine_.services().router},
      bus_(owner_),
      api_(engine_.services().home),
      engine_tasks_(loop_, give_up) {
  engine_tasks_.spawn(async::intern_label("engine", "connection"), engine_.run());
  complete(engine_.ready());
}

EngineRig::~EngineRig() {
  engine_.services().router.remove_all(owner_, CancelReason::kOwnerStopped);
  complete(tasks_.close(CancelReason::kShutdown));
  async::Bucket closing(loop_, give_up);
  closing.spawn(async::intern_label("engine", "close"), [](EngineRig* rig) -> Task<> {
    co_await rig->engine_tasks_.close(CancelReason::kShutdown);
    rig->loop_.stop();
  }(this));
  loop_.run();
  loop_.run_ready();
}

void EngineRig::complete(Task<> task) {
  std::exception_ptr error;
  engine_tasks_.spawn(async::intern_label("engine", "measure"),
                      then_stop(std::move(task), &loop_, &error));
  loop_.run();
  if (error) std::rethrow_exception(error);
}

}  // namespace bench
