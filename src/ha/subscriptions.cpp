// Which event types are wanted, and how the connection asks for each of them once.
#include <hassette/logger.hpp>

#include "ha/client.hpp"
#include "ha/reply.hpp"

namespace hassette::ha {

/// One event type on one connection: whoever wants it waits for the same answer.
struct Client::Subscription {
  AsyncEvent answered;
  std::exception_ptr error;
};

Task<> Client::subscribe(std::string event_type) {
  std::shared_ptr<Subscription>& known = subscribed_[event_type];
  const bool first = !known;
  if (first) known = std::make_shared<Subscription>();
  const std::shared_ptr<Subscription> asked = known;
  if (first) {
    asking_.spawn_now(async::intern_label("engine", "subscription"),
                      ask_for(std::move(event_type), asked));
  }
  co_await asked->answered.wait();
  if (asked->error) std::rethrow_exception(asked->error);
}

/// A fiber of its own, so that a caller who is cancelled takes the answer from nobody.
Task<> Client::ask_for(std::string event_type, std::shared_ptr<Subscription> asked) {
  Reply reply;
  try {
    co_await exchange({{"type", "subscribe_events"}, {"event_type", event_type}},
                      "subscribing to " + event_type, options_.answer_limit, &reply);
  } catch (const HomeAssistantError& error) {
    if (error.code() != "unauthorized") {
      asked->error = std::current_exception();
    } else if (refused_.insert(event_type).second) {
      Logger("engine").warning(
          "the token has no administrator rights: events of type `{}` will not come; "
          "make a token as an administrator to get them",
          event_type);
    }
  } catch (const std::exception&) {
    asked->error = std::current_exception();
  }
  if (asked->error) {  // whoever wants it next asks again
    const auto found = subscribed_.find(event_type);
    if (found != subscribed_.end() && found->second == asked) subscribed_.erase(found);
  }
  asked->answered.set();
  // A confirmation may still come. Together with the next one's it would bring each event twice.
  if (asked->error && reply.id != 0 && !reply.lost && !reply.arrived.is_set()) {
    co_await unsubscribe(reply.id);
  }
}

Task<> Client::want(std::string event_type) {
  if (event_type == "state_changed" || event_type == "core_config_updated") co_return;
  const bool first = wanted_.insert(event_type).second;
  if (!socket_) co_return;  // the next connection asks for all that is wanted
  try {
    co_await subscribe(event_type);
  } catch (const ConnectionLostError&) {  // the same
  } catch (const Error&) {
    if (first) wanted_.erase(event_type);
    throw;
  }
}

}  // namespace hassette::ha
