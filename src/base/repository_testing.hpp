#pragma once
// Where this checkout is, for tests that read its recordings and documents. Every test program
// links it. Not `__FILE__`: a compiler cache that is shared between checkouts makes that a relative
// path.
#include <string>

namespace hassette::base {

std::string repository();

}  // namespace hassette::base
