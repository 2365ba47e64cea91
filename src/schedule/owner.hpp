#pragma once
// What a Scheduler facade needs to know of the app behind it; `app` fills it in.
#include <string>

#include <hassette/callable.hpp>
#include "async/bucket.hpp"

namespace hassette::schedule {

class Timetable;

struct Owner {
  std::string app;
  HandlerOwner* self = nullptr;
  async::Bucket* bucket = nullptr;
  Timetable* timetable = nullptr;
};

}  // namespace hassette::schedule
