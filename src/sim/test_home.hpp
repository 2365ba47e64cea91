// A small home in virtual time, for this layer's tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "async/loop.hpp"
#include "json/parse.hpp"
#include "sim/home.hpp"
#include "sim/session.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

class HomeTest : public ::testing::Test {
 public:
  HomeTest() { add_services(home.services()); }

  void pass(std::chrono::nanoseconds time) { loop.run_until(loop.now() + time); }
  void watch(const std::string& type) {
    home.bus().listen(type, [this](const EventPtr& event) { events.push_back(event); });
  }
  // The result of a service call, which must have come within a minute.
  ServiceResult call(const std::string& domain, const std::string& service, Json data,
                     bool return_response = false) {
    std::optional<ServiceResult> result;
    ServiceCall made{domain, service, std::move(data), home.make_context(kOwnerUser),
                     return_response};
    home.call(std::move(made), [&](const ServiceResult& given) { result = given; });
    for (int i = 0; i < 60 && !result; ++i) pass(std::chrono::seconds(1));
    EXPECT_TRUE(result.has_value());
    return result.value_or(ServiceResult{});
  }
  std::string refusal(const std::string& domain, const std::string& service, Json data) {
    const ServiceResult result = call(domain, service, std::move(data));
    return result.failure ? result.failure->code + ": " + result.failure->message : "accepted";
  }
  Json attribute(const std::string& entity_id, const std::string& key) {
    return home.state(entity_id)->attributes()[key];
  }

  async::VirtualClock clock{*time::parse_iso8601("2026-05-03T06:00:00+00:00")};
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  Home home{loop, 7};
  std::vector<EventPtr> events;
};

// What a session sends, message by message.
class Listened final : public Wire {
 public:
  void send(std::string text) override {
    frames.push_back(text);
    const Json frame = json::parse(text).value();
    if (!frame.is_array()) {
      messages.push_back(frame);
      return;
    }
    for (const Json& message : frame.as_array()) messages.push_back(message);
  }
  void close(std::uint16_t code) override { closed = code; }
  bool ready() const override { return taking; }

  std::vector<std::string> frames;
  std::vector<Json> messages;
  std::optional<std::uint16_t> closed;
  bool taking = true;
};

}  // namespace hassette::sim
