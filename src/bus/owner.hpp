#pragma once
// What a Bus facade needs to know of the app behind it; `app` fills it in.
#include <string>

#include <hassette/handler.hpp>
#include "async/bucket.hpp"

namespace hassette::bus {

class Router;

struct Owner {
  std::string app;
  HandlerOwner* self = nullptr;
  async::Bucket* bucket = nullptr;
  Router* router = nullptr;
};

}  // namespace hassette::bus
