#include "sim/colour.hpp"

#include <algorithm>
#include <cmath>

namespace hassette::sim {

namespace {

double rounded(double value) {
  return std::nearbyint(value * 1000) / 1000;
}

// States that somebody wrote may hold any numbers, and a cast of what no int holds is undefined.
int whole(double part) {
  return static_cast<int>(std::clamp(std::isnan(part) ? 0 : std::nearbyint(part), -1e9, 1e9));
}

double linear(double part) {
  return part > 0.04045 ? std::pow((part + 0.055) / 1.055, 2.4) : part / 12.92;
}

double gamma(double part) {
  return part <= 0.0031308 ? 12.92 * part : 1.055 * std::pow(part, 1 / 2.4) - 0.055;
}

// As bright as `high` where it is brightest.
template <std::size_t kParts>
std::array<int, kParts> scaled(std::array<double, kParts> parts, int high) {
  const double now = std::ranges::max(parts);
  const double factor = now == 0 ? 0.0 : high / now;
  std::array<int, kParts> made{};
  for (std::size_t i = 0; i < kParts; ++i) {
    made[i] = whole(parts[i] * factor);
  }
  return made;
}

template <std::size_t kParts>
std::array<double, kParts> exact(std::array<int, kParts> parts) {
  std::array<double, kParts> made{};
  std::ranges::copy(parts, made.begin());
  return made;
}

std::array<double, 3> light_of_kelvin(double kelvin) {
  const double t = std::clamp(kelvin, 1000.0, 40000.0) / 100;
  const auto byte = [](double value) { return std::clamp(value, 0.0, 255.0); };
  const double red = t <= 66 ? 255 : byte(329.698727446 * std::pow(t - 60, -0.1332047592));
  const double green = t <= 66 ? byte(99.4708025861 * std::log(t) - 161.1195681661)
                               : byte(288.1221695283 * std::pow(t - 60, -0.0755148492));
  const double blue = t >= 66   ? 255
                      : t <= 19 ? 0
                                : byte(138.5177312231 * std::log(t - 10) - 305.0447927307);
  return {red, green, blue};
}

// `warm` 0 is the coldest of the whites, 1 the warmest.
std::array<double, 3> light_of_whites(double warm, Whites whites) {
  const auto coldest = static_cast<double>(mireds_from_kelvin(whites.coldest));
  const auto warmest = static_cast<double>(mireds_from_kelvin(whites.warmest));
  const double mireds = coldest + warm * (warmest - coldest);
  return light_of_kelvin(mireds == 0 ? 0 : std::floor(1'000'000 / mireds));
}

}  // namespace

Rgb rgb_from_hs(Hs colour) {
  const double hue = std::fmod(colour[0], 360) / 60;
  const double saturation = colour[1] / 100;
  const int sector = static_cast<int>(std::floor(hue));
  const double fraction = hue - sector;
  const double p = 1 - saturation;
  const double q = 1 - saturation * fraction;
  const double t = 1 - saturation * (1 - fraction);
  const std::array<std::array<double, 3>, 6> sectors = {
      {{1, t, p}, {q, 1, p}, {p, 1, t}, {p, q, 1}, {t, p, 1}, {1, p, q}}};
  const auto& parts = sectors[static_cast<std::size_t>((sector % 6 + 6) % 6)];
  Rgb rgb{};
  for (std::size_t i = 0; i < 3; ++i) rgb[i] = whole(parts[i] * 255);
  return rgb;
}

Hs hs_from_rgb(double red, double green, double blue) {
  const double high = std::max({red, green, blue});
  const double low = std::min({red, green, blue});
  if (high == low) return {0, 0};
  const double range = high - low;
  const double r = (high - red) / range;
  const double g = (high - green) / range;
  const double b = (high - blue) / range;
  double hue = red == high ? b - g : green == high ? 2 + r - b : 4 + g - r;
  hue = std::fmod(hue / 6 + 1, 1.0);
  return {rounded(hue * 360), rounded(range / high * 100)};
}

Xy xy_from_rgb(Rgb colour) {
  if (colour == Rgb{0, 0, 0}) return {0, 0};
  const double r = linear(colour[0] / 255.0);
  const double g = linear(colour[1] / 255.0);
  const double b = linear(colour[2] / 255.0);
  const double x = r * 0.664511 + g * 0.154324 + b * 0.162028;
  const double y = r * 0.283881 + g * 0.668433 + b * 0.047685;
  const double z = r * 0.000088 + g * 0.072310 + b * 0.986039;
  return {rounded(x / (x + y + z)), rounded(y / (x + y + z))};
}

Rgb rgb_from_xy(Xy colour) {
  constexpr double kLeast = 1e-11;
  const double vertical = std::abs(colour[1]) < kLeast ? kLeast : colour[1];
  const double x = colour[0] / vertical;
  const double z = (1 - colour[0] - colour[1]) / vertical;
  std::array<double, 3> parts = {x * 1.656492 - 0.354851 - z * 0.255038,
                                 -x * 0.707196 + 1.655397 + z * 0.036152,
                                 x * 0.051713 - 0.121364 + z * 1.011530};
  for (double& part : parts) part = std::max(0.0, gamma(part));
  const double high = std::max({parts[0], parts[1], parts[2], 1.0});
  Rgb rgb{};
  for (std::size_t i = 0; i < 3; ++i) rgb[i] = whole(std::floor(parts[i] / high * 255));
  return rgb;
}

Rgbw rgbw_from_rgb(Rgb colour) {
  const int white = std::ranges::min(colour);
  return scaled(exact(Rgbw{colour[0] - white, colour[1] - white, colour[2] - white, white}),
                std::ranges::max(colour));
}

Rgb rgb_from_rgbw(Rgbw colour) {
  const int white = colour[3];
  return scaled(exact(Rgb{colour[0] + white, colour[1] + white, colour[2] + white}),
                std::ranges::max(colour));
}

Rgbww rgbww_from_rgb(Rgb colour, Whites whites) {
  const std::array<double, 3> white = light_of_whites(0.5, whites);
  double level = 255;
  for (std::size_t i = 0; i < 3; ++i) {
    level = std::min(level, white[i] == 0 ? 0 : colour[i] / white[i]);
  }
  const double each = std::nearbyint(level * 255);
  return scaled(std::array<double, 5>{colour[0] - white[0] * level, colour[1] - white[1] * level,
                                      colour[2] - white[2] * level, each, each},
                std::ranges::max(colour));
}

Rgb rgb_from_rgbww(Rgbww colour, Whites whites) {
  const double cold = colour[3];
  const double warm = colour[4];
  const auto white = light_of_whites(cold + warm == 0 ? 0.5 : warm / (cold + warm), whites);
  const double level = std::max(cold, warm) / 255;
  return scaled(std::array<double, 3>{colour[0] + white[0] * level, colour[1] + white[1] * level,
                                      colour[2] + white[2] * level},
                std::ranges::max(colour));
}

Rgbww rgbww_from_kelvin(std::int64_t kelvin, std::int64_t brightness, Whites whites) {
  const auto warmest = static_cast<double>(mireds_from_kelvin(whites.warmest));
  const auto coldest = static_cast<double>(mireds_from_kelvin(whites.coldest));
  const auto mireds = static_cast<double>(mireds_from_kelvin(kelvin));
  const auto all = static_cast<double>(brightness);
  const double range = warmest == coldest ? 1 : warmest - coldest;
  const double cold = (warmest - mireds) / range * all;
  return {0, 0, 0, whole(cold), whole(all - cold)};
}

std::int64_t kelvin_from_xy(Xy colour) {
  // McCamy's approximation.
  const double below = 0.1858 - colour[1];
  const double n = (colour[0] - 0.3320) / (below == 0 ? 1e-11 : below);
  const double kelvin = 437 * n * n * n + 3601 * n * n + 6861 * n + 5517;
  return static_cast<std::int64_t>(std::clamp(kelvin, 1.0, 1e6));
}

std::int64_t mireds_from_kelvin(std::int64_t kelvin) {
  return 1'000'000 / std::max<std::int64_t>(kelvin, 1);
}

Hs hs_from_kelvin(double kelvin) {
  const auto [red, green, blue] = light_of_kelvin(kelvin);
  return hs_from_rgb(red, green, blue);
}

}  // namespace hassette::sim
