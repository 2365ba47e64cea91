#pragma once
// Who is told of each secret that is read from the settings, so that no line shows it: whoever
// reads the settings of apps plugs the log in here, which this layer does not know.
#include <string_view>

namespace hassette::config {

using SecretListener = void (*)(std::string_view secret);

/// From now on called with each one as it is read; null: nobody. Any thread.
void set_secret_listener(SecretListener listener) noexcept;

}  // namespace hassette::config
