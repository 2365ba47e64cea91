// Colours as Home Assistant converts them, rounding included, so that attributes come out equal.
//
// Pure functions, any thread. Hue 0 to 360 and saturation 0 to 100, red, green and blue 0 to 255,
// x and y of the CIE diagram.
#pragma once

#include <array>

namespace hassette::sim {

using Hs = std::array<double, 2>;
using Rgb = std::array<int, 3>;
using Xy = std::array<double, 2>;

[[nodiscard]] Rgb rgb_from_hs(Hs colour);
[[nodiscard]] Hs hs_from_rgb(double red, double green, double blue);
[[nodiscard]] Xy xy_from_rgb(Rgb colour);
[[nodiscard]] Hs hs_from_xy(Xy colour);
[[nodiscard]] Hs hs_from_kelvin(double kelvin);

}  // namespace hassette::sim
