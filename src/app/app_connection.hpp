#pragma once
// AppConnection: the connection to the home as one app has it.
//
// It adds to calls what Home Assistant does not say: an entity that the home does not have
// is told in the app's log, and the refusal of a service or an entity that it does not have names
// the nearest. Everything else goes through as it is. Part of the app's instance; loop thread only.
#include "app/service_names.hpp"
#include "bus/owner.hpp"
#include "ha/connection.hpp"

namespace hassette::app {

class AppConnection final : public ha::Connection {
 public:
  AppConnection(ha::Connection& home, ServiceNames& services, bus::Owner& owner)
      : home_(home), services_(services), owner_(owner) {}

  void assert_thread(std::string_view what) const override;
  [[clang::coro_wrapper]] Task<> run() override { return home_.run(); }
  const ha::Link& link() const override { return home_.link(); }
  [[clang::coro_wrapper]] Task<> connected() override { return home_.connected(); }
  [[clang::coro_wrapper]] Task<Json> call(Json command, std::string what,
                                          std::chrono::nanoseconds limit) override;
  [[clang::coro_wrapper]] Task<Json> first_push(Json command, std::string what,
                                                std::chrono::nanoseconds limit) override {
    return home_.first_push(std::move(command), std::move(what), limit);
  }
  [[clang::coro_wrapper]] Task<std::pair<int, std::string>> get(std::string path,
                                                                std::string what) override {
    return home_.get(std::move(path), std::move(what));
  }
  std::vector<std::string> nearest(const EntityId& entity) const override;
  [[clang::coro_wrapper]] Task<> want(std::string event_type) override {
    return home_.want(std::move(event_type));
  }

 private:
  Task<Json> call_service(Json command, std::string what, std::chrono::nanoseconds limit);

  ha::Connection& home_;
  ServiceNames& services_;
  bus::Owner& owner_;
};

/// The ids of the entities that a `call_service` names, in its target or its data, one or many, as
/// Home Assistant reads them: in any case of letters, and several in one text with commas between.
std::vector<std::string> named_entities(const Json& command);

}  // namespace hassette::app
