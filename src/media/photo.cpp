#include "media/photo.h"

#include <cstdlib>
#include <utility>
#include <vector>

namespace godesk::media {
namespace {

using Byte = std::uint8_t;

constexpr unsigned kGrey = 128;  // what neither blue nor red is: means of small numbers then never wrap

/// One row's numbers. Plain loops over bytes: compilers make vector instructions of them.
struct Row {
  explicit Row(int width) : green(std::size_t(width)), blue(std::size_t(width)), red(std::size_t(width)) {}

  void read(const std::uint32_t* pixels) {
    for (std::size_t x = 0; x < green.size(); ++x) {
      const std::uint32_t p = pixels[x];
      green[x] = Byte(p >> 8);
      blue[x] = Byte(p - (p >> 8) + kGrey);
      red[x] = Byte((p >> 16) - (p >> 8) + kGrey);
    }
  }

  std::vector<Byte> green, blue, red;
};

Byte mean(Byte left, Byte above) { return Byte((left + above) >> 1); }

void differ(const std::vector<Byte>& row, const std::vector<Byte>* above, Byte* out) {
  const std::size_t width = row.size();
  if (!above) {
    out[0] = row[0];
    for (std::size_t x = 1; x < width; ++x) out[x] = Byte(row[x] - row[x - 1]);
    return;
  }
  const Byte *here = row.data(), *up = above->data();
  out[0] = Byte(here[0] - up[0]);
  for (std::size_t x = 1; x < width; ++x) out[x] = Byte(here[x] - mean(here[x - 1], up[x]));
}

}  // namespace

bool looks_like_photo(const FrameView& frame, const Rect& rect) {
  constexpr int kSmall = 16;
  const auto near = [](std::uint32_t a, std::uint32_t b, int shift) {
    return std::abs(int(a >> shift & 0xff) - int(b >> shift & 0xff)) <= kSmall;
  };
  int looked = 0, differ = 0, little = 0;
  for (int y = rect.y; y < rect.bottom(); y += 2) {
    const std::uint32_t* row = frame.at(rect.x, y);
    for (int x = 1; x < rect.w; ++x, ++looked) {
      const std::uint32_t a = row[x - 1], b = row[x];
      if (a == b) continue;
      ++differ;
      little += near(a, b, 0) && near(a, b, 8) && near(a, b, 16);
    }
  }
  return differ * 5 > looked * 3 || (differ * 8 > looked && little * 4 > differ * 3);
}

void put_differences(const FrameView& frame, const Rect& rect, std::uint8_t* out) {
  Row row(rect.w), above(rect.w);
  const auto area = rect.area();
  for (int y = 0; y < rect.h; ++y, out += rect.w) {
    row.read(frame.at(rect.x, rect.y + y));
    differ(row.green, y ? &above.green : nullptr, out);
    differ(row.blue, y ? &above.blue : nullptr, out + area);
    differ(row.red, y ? &above.red : nullptr, out + 2 * area);
    std::swap(row, above);
  }
}

void paint_differences(const std::uint8_t* in, const Rect& rect, Frame& canvas) {
  const auto area = rect.area();
  std::vector<Byte> green(std::size_t(rect.w)), blue(green), red(green);
  for (int y = 0; y < rect.h; ++y, in += rect.w) {
    std::uint32_t* out = canvas.at(rect.x, rect.y + y);
    Byte g = green[0], b = blue[0], r = red[0];  // in the first column the left ones are the upper ones
    for (int x = 0; x < rect.w; ++x) {
      const auto i = std::size_t(x);
      g = Byte(in[x] + mean(g, y ? green[i] : g));
      b = Byte(in[x + area] + mean(b, y ? blue[i] : b));
      r = Byte(in[x + 2 * area] + mean(r, y ? red[i] : r));
      green[i] = g, blue[i] = b, red[i] = r;
      out[x] = std::uint32_t(Byte(r + g - kGrey)) << 16 | std::uint32_t(g) << 8 | Byte(b + g - kGrey);
    }
  }
}

}  // namespace godesk::media
