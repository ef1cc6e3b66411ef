#include "media/palette.h"

namespace godesk::media {

void Palette::clear() {
  slots_.fill(kFree);
  size_ = 0;
}

std::size_t Palette::slot_of(std::uint32_t colour) const {
  std::size_t slot = colour * 0x9e3779b1u >> 22;  // Fibonacci hashing to 10 bits
  while (slots_[slot] != kFree && colours_[slots_[slot]] != colour) slot = (slot + 1) % kSlots;
  return slot;
}

std::optional<std::uint8_t> Palette::find_or_add(std::uint32_t colour) {
  const std::size_t slot = slot_of(colour);
  if (slots_[slot] == kFree) {
    if (size_ == wire::kPaletteSize) return std::nullopt;
    colours_[size_] = colour;
    slots_[slot] = static_cast<std::uint16_t>(size_++);
  }
  return static_cast<std::uint8_t>(slots_[slot]);
}

bool index_colours(const FrameView& frame, const Rect& rect, IndexedRect& out) {
  out.palette.clear();
  out.indices.resize(std::size_t(rect.area()));
  std::uint8_t* to = out.indices.data();
  std::uint32_t last_colour = *frame.at(rect.x, rect.y);
  std::uint8_t last_index = *out.palette.find_or_add(last_colour);
  for (int y = rect.y; y < rect.bottom(); ++y) {
    const std::uint32_t* row = frame.at(rect.x, y);
    for (int x = 0; x < rect.w; ++x) {
      if (row[x] != last_colour) {
        const auto index = out.palette.find_or_add(row[x]);
        if (!index) return false;
        last_colour = row[x];
        last_index = *index;
      }
      *to++ = last_index;
    }
  }
  return true;
}

}  // namespace godesk::media
