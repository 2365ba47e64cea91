// Colours as Home Assistant converts them, rounding included, so that attributes come out equal.
//
// Pure functions, any thread. Hue 0 to 360 and saturation 0 to 100, red, green and blue 0 to 255,
// x and y of the CIE diagram.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hassette::sim {

using Hs = std::array<double, 2>;
using Rgb = std::array<int, 3>;
using Xy = std::array<double, 2>;
using Rgbw = std::array<int, 4>;
using Rgbww = std::array<int, 5>;  // the last two are the cold and the warm white

// Between what a light's whites are mixed, in kelvin.
struct Whites {
  std::int64_t warmest = 2000;
  std::int64_t coldest = 6535;
};

[[nodiscard]] Rgb rgb_from_hs(Hs colour);
[[nodiscard]] Hs hs_from_rgb(double red, double green, double blue);
[[nodiscard]] Xy xy_from_rgb(Rgb colour);
[[nodiscard]] Rgb rgb_from_xy(Xy colour);
[[nodiscard]] Hs hs_from_kelvin(double kelvin);
// White is taken out of the colours, or goes back into them; the strongest part stays as strong.
[[nodiscard]] Rgbw rgbw_from_rgb(Rgb colour);
[[nodiscard]] Rgb rgb_from_rgbw(Rgbw colour);
[[nodiscard]] Rgbww rgbww_from_rgb(Rgb colour, Whites whites);
[[nodiscard]] Rgb rgb_from_rgbww(Rgbww colour, Whites whites);
// Nothing but white, as strong as `brightness`; `kelvin` above 0.
[[nodiscard]] Rgbww rgbww_from_kelvin(std::int64_t kelvin, std::int64_t brightness, Whites whites);
// The white that comes near the colour, at least 1 kelvin.
[[nodiscard]] std::int64_t kelvin_from_xy(Xy colour);
// One of what the frontend calls colour temperature into the other, without the fraction.
[[nodiscard]] std::int64_t mireds_from_kelvin(std::int64_t kelvin);
// "Light Blue" and "lightblue" are the same; nothing where Home Assistant has no such name.
[[nodiscard]] std::optional<Rgb> rgb_by_name(std::string_view name);

}  // namespace hassette::sim
