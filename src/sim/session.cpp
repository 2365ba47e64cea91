#include "sim/session.hpp"

#include <algorithm>

#include "json/parse.hpp"
#include "sim/command.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {
constexpr std::uint16_t kNormalClose = 1000;
const CommandFailure kMalformed{"invalid_format", "Message incorrectly formatted.", {}};
}  // namespace

Session::Session(Home& home, Wire& wire, const Access& access, SessionLimits limits)
    : home_(home),
      wire_(wire),
      access_(access),
      limits_(limits),
      alive_(std::make_shared<bool>(true)) {}

Session::~Session() {
  for (const auto& [id, cancel] : subscriptions_) cancel();
}

void Session::open() {
  send(Json::object({{"type", "auth_required"}, {"ha_version", home_.config()["version"]}}).dump());
}

void Session::close(std::uint16_t code) {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  queue_.clear();
  for (const auto& [id, cancel] : std::exchange(subscriptions_, {})) cancel();
  wire_.close(code);
}

void Session::receive(std::string_view text) {
  if (phase_ == Phase::kClosed) return;
  const auto message = json::parse(text);
  if (!message) {
    close(kNormalClose);  // no word of what was wrong, as Home Assistant
    return;
  }
  if (phase_ == Phase::kAuthentication) {
    authenticate(*message);
  } else if (message->is_array()) {
    for (const Json& one : message->as_array()) dispatch(one);
  } else {
    dispatch(*message);
  }
}

void Session::reject(std::string message) {
  send(Json::object({{"type", "auth_invalid"}, {"message", std::move(message)}}).dump());
  seen_ = queue_.size();
  flush();
  close(kNormalClose);
}

void Session::authenticate(const Json& message) {
  static const Schema schema({{"type",
                               [](Json& type) -> std::optional<std::string> {
                                 if (type == Json("auth")) return std::nullopt;
                                 return "not a valid value";
                               },
                               true},
                              {"access_token", accept::strict_text()},
                              {"api_password", accept::strict_text()}});
  Json given = message.is_object() ? message : Json::object();
  const std::vector<Problem> problems = schema.check(given);
  if (!problems.empty()) {
    reject("Auth message incorrectly formatted: " + describe(problems));
    return;
  }
  const std::string token = given["access_token"].get<std::string>().value_or("");
  const bool owner = token == access_.token;
  const bool plain = !access_.plain_token.empty() && token == access_.plain_token;
  if (access_.refuse_all || token.empty() || (!owner && !plain)) {
    reject("Invalid access token or password");
    return;
  }
  admin_ = owner;
  user_id_ = owner ? kOwnerUser : kPlainUser;
  phase_ = Phase::kReady;
  send(Json::object({{"type", "auth_ok"}, {"ha_version", home_.config()["version"]}}).dump());
}

void Session::dispatch(const Json& message) {
  if (phase_ == Phase::kClosed) return;
  const auto id = message["id"].is_int() ? message["id"].as_int() : 0;
  const auto type = message["type"].get<std::string>().value_or("");
  if (!message.is_object() || id <= 0 || type.empty()) {
    refuse(message.is_object() ? message["id"] : Json(0), kMalformed);
    return;
  }
  const auto number = static_cast<std::uint64_t>(id);
  if (number <= last_id_) {
    refuse(id, {"id_reuse", "Identifier values have to increase.", {}});
    return;
  }
  const Command* command = CommandTable::standard().find(type);
  const bool booting = home_.phase() != "RUNNING";
  if (!command ||
      (booting && !command->component.empty() && !home_.has_component(command->component))) {
    refuse(id, {"unknown_command", "Unknown command.", {}});
    return;
  }
  last_id_ = number;
  Json fields = message;
  fields.erase("id");
  fields.erase("type");
  try {
    const std::vector<Problem> problems = command->schema.check(fields);
    if (!problems.empty()) {
      const bool no_fields = command->schema.fields().empty();
      throw CommandFailure{
          "invalid_format",
          no_fields ? "extra keys not allowed. Got " + python_repr(message) : describe(problems),
          {}};
    }
    if (command->admin && !admin_) throw CommandFailure{"unauthorized", "Unauthorized", {}};
    command->run(*this, number, fields);
  } catch (const CommandFailure& failure) {
    refuse(id, failure);
  } catch (const std::exception&) {
    // Without this the connection would end, and nobody would know which command did it.
    refuse(id, {"unknown_error", "Unknown error", {}});
  }
}

void Session::answer(std::uint64_t id, const Json& result) {
  answer_text(id, result.dump());
}

void Session::answer_text(std::uint64_t id, std::string_view result) {
  std::string text =
      R"({"id":)" + std::to_string(id) + R"(,"type":"result","success":true,"result":)";
  text += result;
  text += '}';
  send(std::move(text));
}

void Session::refuse(const Json& id, const CommandFailure& failure) {
  Json error = Json::object({{"code", failure.code}, {"message", failure.message}});
  if (failure.translation.is_object()) {
    for (const auto& [key, value] : failure.translation.as_object()) error[key] = value;
  }
  send(Json::object({{"id", id}, {"type", "result"}, {"success", false}, {"error", error}}).dump());
}

void Session::send(std::string text) {
  queue({nullptr, 0, std::move(text)});
}

void Session::send_event(std::uint64_t id, const TextPtr& event) {
  queue({event, id, {}});
}

void Session::send_own_event(std::uint64_t id, std::string_view event) {
  std::string text = R"({"id":)" + std::to_string(id) + R"(,"type":"event","event":)";
  text += event;
  text += '}';
  send(std::move(text));
}

void Session::queue(Message message) {
  if (phase_ == Phase::kClosed || overflown_) return;
  queue_.push_back(std::move(message));
  if (queue_.size() >= limits_.pending_messages) {
    // Not at once: whatever sent this message may belong to a subscription that closing ends.
    overflown_ = true;
    later([this] { close(kNormalClose); });
    return;
  }
  flush_later();
}

void Session::later(std::function<void()> action) {
  home_.loop().defer([alive = std::weak_ptr<bool>(alive_), run = std::move(action)] {
    if (!alive.expired()) run();
  });
}

void Session::flush_later() {
  if (std::exchange(flush_due_, true)) return;
  later([this] {
    flush_due_ = false;
    flush();
  });
}

void Session::write(const Message& message, std::string& out) {
  if (!message.event) {
    out += message.text;
    return;
  }
  out += R"({"type":"event","event":)";
  out += *message.event;
  out += R"(,"id":)";
  out += std::to_string(message.id);
  out += '}';
}

void Session::flush() {
  if (phase_ == Phase::kClosed || queue_.empty() || !wire_.ready()) return;
  if (coalesce_ && queue_.size() != seen_ && queue_.size() < limits_.coalesced) {
    seen_ = queue_.size();
    flush_later();
    return;
  }
  seen_ = 0;
  const std::vector<Message> messages = std::exchange(queue_, {});
  if (!coalesce_ || messages.size() == 1) {
    for (const Message& message : messages) {
      std::string text;
      write(message, text);
      wire_.send(std::move(text));
    }
    return;
  }
  std::size_t size = 2;
  for (const Message& message : messages) {
    size += message.text.size() + (message.event ? message.event->size() + 48 : 1);
  }
  std::string text;
  text.reserve(size);
  for (const Message& message : messages) {
    text += text.empty() ? '[' : ',';
    write(message, text);
  }
  text += ']';
  wire_.send(std::move(text));
}

void Session::subscribed(std::uint64_t id, std::function<void()> cancel) {
  subscriptions_.insert_or_assign(id, std::move(cancel));
}

bool Session::unsubscribe(std::uint64_t id) {
  auto found = subscriptions_.extract(id);
  if (found.empty()) return false;
  found.mapped()();
  return true;
}

const CommandTable& CommandTable::standard() {
  static const CommandTable table = [] {
    CommandTable made;
    add_core_commands(made);
    add_live_commands(made);
    add_registry_commands(made);
    add_history_commands(made);
    return made;
  }();
  return table;
}

const Command* CommandTable::find(std::string_view type) const {
  const auto found = commands_.find(type);
  return found == commands_.end() ? nullptr : &found->second;
}

void CommandTable::add(std::string type, std::vector<Field> fields, Run run,
                       std::string component) {
  commands_[std::move(type)] = {Schema(std::move(fields)), std::move(run), false,
                                std::move(component)};
}

void CommandTable::add_for_admin(std::string type, std::vector<Field> fields, Run run,
                                 std::string component) {
  commands_[std::move(type)] = {Schema(std::move(fields)), std::move(run), true,
                                std::move(component)};
}

}  // namespace hassette::sim
