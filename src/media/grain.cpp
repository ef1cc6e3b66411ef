#include "media/grain.h"

#include <algorithm>

namespace godesk::media {
namespace {

// So many pixels at a time: what lies between the two steps stays in the nearest cache.
constexpr int kPiece = 256;

/// A ninth, rounded: of no more than nine times 255.
std::uint16_t ninth(std::uint16_t sum) {
  constexpr std::uint32_t kNinth = 65536 / 9 + 1;
  const auto rounded = static_cast<std::uint16_t>(sum + 4);
  return static_cast<std::uint16_t>(rounded * kNinth >> 16);
}

/// In 16 bits throughout: a vector then has eight or sixteen pixels.
std::uint8_t nearer(std::uint8_t pixel, std::uint16_t mean) {
  const auto away = static_cast<std::int16_t>(mean - pixel);
  const auto distance = std::max(away, static_cast<std::int16_t>(-away));
  const auto most = std::max(static_cast<std::int16_t>(2 * kGrain - distance), std::int16_t{0});
  const auto least = static_cast<std::int16_t>(-most);
  return static_cast<std::uint8_t>(pixel + std::max(std::min(away, most), least));
}

}  // namespace

void without_grain(const std::uint8_t* above, const std::uint8_t* row, const std::uint8_t* below, int width,
                   std::uint8_t* to) {
  const auto column = [&](int x) { return static_cast<std::uint16_t>(above[x] + row[x] + below[x]); };
  for (int from = 0; from < width; from += kPiece) {
    const int count = std::min(kPiece, width - from);
    std::uint16_t columns[kPiece + 2];  // one before and one after
    for (int x = 0; x < count; ++x) columns[x + 1] = column(from + x);
    columns[0] = column(std::max(from - 1, 0));
    columns[count + 1] = column(std::min(from + count, width - 1));
    for (int x = 0; x < count; ++x) {
      const auto sum = static_cast<std::uint16_t>(columns[x] + columns[x + 1] + columns[x + 2]);
      to[from + x] = nearer(row[from + x], ninth(sum));
    }
  }
}

}  // namespace godesk::media
