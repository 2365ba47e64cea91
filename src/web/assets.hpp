#pragma once
// The page's files, which cmake/embed.cmake puts into the program. Constant; any thread.
//
// A file's path holds a hash of what is in it, so that browsers may keep it for ever; only the page
// itself stands at "/".
#include <span>
#include <string_view>

namespace hassette::web {

struct Asset {
  std::string_view path;
  std::string_view content_type;
  std::string_view body;
};

std::span<const Asset> assets() noexcept;

}  // namespace hassette::web
