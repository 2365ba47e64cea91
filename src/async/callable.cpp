#include <hassette/callable.hpp>

#include <hassette/error.hpp>

namespace hassette {

void throw_foreign_handler() {
  throw Error("registration",
              "a member handler belongs to the app that registers it; for another object, write a "
              "lambda that calls it");
}

}  // namespace hassette
