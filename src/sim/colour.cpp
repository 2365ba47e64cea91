#include "sim/colour.hpp"

#include <algorithm>
#include <cmath>

namespace hassette::sim {

namespace {

double rounded(double value) {
  return std::nearbyint(value * 1000) / 1000;
}

double linear(double part) {
  return part > 0.04045 ? std::pow((part + 0.055) / 1.055, 2.4) : part / 12.92;
}

double gamma(double part) {
  return part <= 0.0031308 ? 12.92 * part : 1.055 * std::pow(part, 1 / 2.4) - 0.055;
}

// As bright as `high` where it is brightest.
template <std::size_t kParts>
std::array<int, kParts> scaled(std::array<int, kParts> parts, int high) {
  const int now = std::ranges::max(parts);
  const double factor = now == 0 ? 0.0 : static_cast<double>(high) / now;
  for (int& part : parts) part = static_cast<int>(std::nearbyint(part * factor));
  return parts;
}

}  // namespace

Rgb rgb_from_hs(Hs colour) {
  const double hue = colour[0] / 60;
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
  for (std::size_t i = 0; i < 3; ++i) rgb[i] = static_cast<int>(std::nearbyint(parts[i] * 255));
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

Hs hs_from_xy(Xy colour) {
  const double vertical = colour[1] == 0 ? 1e-11 : colour[1];
  const double x = colour[0] / vertical;
  const double z = (1 - colour[0] - colour[1]) / vertical;
  std::array<double, 3> parts = {x * 1.656492 - 0.354851 - z * 0.255038,
                                 -x * 0.707196 + 1.655397 + z * 0.036152,
                                 x * 0.051713 - 0.121364 + z * 1.011530};
  for (double& part : parts) part = std::max(0.0, gamma(part));
  const double high = std::max({parts[0], parts[1], parts[2], 1.0});
  for (double& part : parts) part = std::trunc(part / high * 255);
  return hs_from_rgb(parts[0], parts[1], parts[2]);
}

Rgbw rgbw_from_rgb(Rgb colour) {
  const int white = std::ranges::min(colour);
  return scaled(Rgbw{colour[0] - white, colour[1] - white, colour[2] - white, white},
                std::ranges::max(colour));
}

Rgb rgb_from_rgbw(Rgbw colour) {
  const int white = colour[3];
  return scaled(Rgb{colour[0] + white, colour[1] + white, colour[2] + white},
                std::ranges::max(colour));
}

Hs hs_from_kelvin(double kelvin) {
  const double t = std::clamp(kelvin, 1000.0, 40000.0) / 100;
  const auto byte = [](double value) { return std::clamp(value, 0.0, 255.0); };
  const double red = t <= 66 ? 255 : byte(329.698727446 * std::pow(t - 60, -0.1332047592));
  const double green = t <= 66 ? byte(99.4708025861 * std::log(t) - 161.1195681661)
                               : byte(288.1221695283 * std::pow(t - 60, -0.0755148492));
  const double blue = t >= 66   ? 255
                      : t <= 19 ? 0
                                : byte(138.5177312231 * std::log(t - 10) - 305.0447927307);
  return hs_from_rgb(red, green, blue);
}

}  // namespace hassette::sim
