// Pictures for the tests of this room: flat, text-like and photo-like, the same for the same seed.
#pragma once

#include <cstdint>

#include "media/frame.h"

namespace godesk::media::test {

/// A small generator (xorshift); tests need repeatable, not good, numbers.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed * 2654435761u | 1) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  int below(int n) { return int(next() % std::uint32_t(n)); }
  std::uint32_t colour() { return next() & 0xffffff; }

 private:
  std::uint32_t state_;
};

inline void fill(Frame& frame, const Rect& rect, std::uint32_t colour) {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x) *frame.at(x, y) = colour;
}

/// Every pixel its own colour.
inline void fill_noise(Frame& frame, const Rect& rect, Dice& dice) {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x) *frame.at(x, y) = dice.colour();
}

/// An 8x16 cell with a two-coloured pattern that depends on `letter` only.
inline void draw_glyph(Frame& frame, Point at, int letter, std::uint32_t ink = 0xe5e5e5) {
  Dice shape{std::uint32_t(letter) + 77};
  for (int y = 0; y < 16; ++y) {
    const bool inside = y > 2 && y < 13;
    for (int x = 0; x < 8; ++x)
      *frame.at(at.x + x, at.y + y) = inside && shape.below(3) == 0 ? ink : 0x000000;
  }
}

inline void draw_text(Frame& frame, const Rect& area, Dice& dice, int letters = 90) {
  for (int y = area.y; y + 16 <= area.bottom(); y += 16)
    for (int x = area.x; x + 8 <= area.right(); x += 8) draw_glyph(frame, {x, y}, dice.below(letters));
}

}  // namespace godesk::media::test
