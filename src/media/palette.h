// The session palette: at most 256 colours that both ends number alike, so that a pixel is one byte.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "media/frame.h"
#include "media/screen_wire.h"

namespace godesk::media {

/// Numbers colours in the order in which they are first seen.
class Palette {
 public:
  Palette() { clear(); }

  void clear();
  std::size_t size() const { return size_; }
  std::uint32_t colour(std::size_t index) const { return colours_[index]; }

  /// The colour's index, new or old; nothing when it is new and there are 256 already.
  std::optional<std::uint8_t> find_or_add(std::uint32_t colour);
  bool has(std::uint32_t colour) const { return slots_[slot_of(colour)] != kFree; }

 private:
  static constexpr std::uint16_t kFree = 0xffff;
  static constexpr std::size_t kSlots = 1024;  // a quarter full at most: probing stays short

  std::size_t slot_of(std::uint32_t colour) const;

  std::array<std::uint32_t, wire::kPaletteSize> colours_;
  std::array<std::uint16_t, kSlots> slots_;
  std::size_t size_ = 0;
};

/// A rect by its own colours: `palette` numbers them, `indices` has one byte a pixel, row by row.
struct IndexedRect {
  Palette palette;
  std::vector<std::uint8_t> indices;
};

/// False when the rect has more than 256 colours; `out` is then of no use.
bool index_colours(const FrameView& frame, const Rect& rect, IndexedRect& out);

}  // namespace godesk::media
