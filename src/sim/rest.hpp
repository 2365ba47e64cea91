// Home Assistant's REST API over the simulated home.
//
// Plain requests and answers, so that recorded calls can be replayed without a network. Used on the
// loop's thread; what a caller did wrong is an answer with its status, never an exception.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/session.hpp"

namespace hassette::sim {

struct RestRequest {
  std::string method = "GET";
  std::string target;         // path and query
  std::string authorization;  // the header, as it came
  std::string body;
};

struct RestAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string location;  // for the header of that name; empty: none
};

// `done` is called once, at once or, where a service takes its time, later.
void answer_rest(Home& home, const Access& access, const RestRequest& request,
                 std::function<void(RestAnswer)> done);

}  // namespace hassette::sim
