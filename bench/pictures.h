// The pictures that bench/contents.cpp shows and bench/eye.cpp knows again: the same number gives the same
// pixels.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <vector>

namespace godesk::bench {

/// Where the film plays, and how many pictures it has before it begins anew.
inline constexpr int kFilmX = 320, kFilmY = 180, kFilmWidth = 1280, kFilmHeight = 720, kFilmLength = 64;

struct Picture {
  Picture(int w, int h) : width(w), height(h), pixels(std::size_t(w) * std::size_t(h)) {}
  std::uint32_t* row(int y) { return pixels.data() + std::size_t(y) * std::size_t(width); }
  const std::uint32_t* row(int y) const { return pixels.data() + std::size_t(y) * std::size_t(width); }

  int width, height;
  std::vector<std::uint32_t> pixels;
};

/// Waves that wander, with the grain of a camera. Film number kFilmLength is number 0 again but for its
/// grain.
inline void draw_waves(Picture& picture, int number) {
  constexpr double kWave = 4.0 * kFilmLength / (2 * std::numbers::pi);
  std::vector<double> wave(std::size_t(picture.width + picture.height));
  for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = 60 * std::sin((double(i) + 4 * number) / kWave);
  std::uint32_t grain = 1 + std::uint32_t(number) * 7919;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      grain ^= grain << 13, grain ^= grain >> 17, grain ^= grain << 5;
      const auto at = [&](int i) { return std::uint32_t(120 + wave[std::size_t(i)]) + (grain & 7); };
      picture.row(y)[x] = at(x) << 16 | at(y) << 8 | at((x + y) / 2);
    }
}

/// A film's picture carries its number twice, as black and white blocks in two corners: six bits and their
/// parity. Where both read alike no half-painted picture was seen.
inline constexpr int kBlock = 16, kBits = 7;

inline int parity_of(int number) {
  int parity = 1;
  for (int rest = number; rest; rest >>= 1) parity ^= rest & 1;
  return parity;
}

inline void stamp(Picture& picture, int number) {
  const int bits = number << 1 | parity_of(number);
  for (int i = 0; i < kBits; ++i)
    for (int y = 0; y < kBlock; ++y)
      for (int x = 0; x < kBlock; ++x) {
        const std::uint32_t colour = bits >> i & 1 ? 0xffffff : 0;
        picture.row(y)[i * kBlock + x] = colour;
        picture.row(picture.height - 1 - y)[picture.width - 1 - (i * kBlock + x)] = colour;
      }
}

/// The number in blocks that begin at `pixel(0, 0)`; `pixel(x, y)` gives 0x00RRGGBB.
template <class PixelAt>
std::optional<int> read_stamp(PixelAt pixel) {
  int bits = 0;
  for (int i = 0; i < kBits; ++i) {
    int green = 0;
    for (int y = 4; y < 12; ++y)
      for (int x = 4; x < 12; ++x) green += int(pixel(i * kBlock + x, y) >> 8 & 0xff);
    if (green > 64 * 64 && green < 64 * 192) return std::nullopt;
    bits |= int(green >= 64 * 192) << i;
  }
  return parity_of(bits >> 1) == (bits & 1) ? std::optional(bits >> 1) : std::nullopt;
}

inline Picture film_picture(int number) {
  Picture picture(kFilmWidth, kFilmHeight);
  draw_waves(picture, number);
  stamp(picture, number);
  return picture;
}

}  // namespace godesk::bench
