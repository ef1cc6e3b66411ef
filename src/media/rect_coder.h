// Writes places of a frame as operations of media/screen_wire.h. Its palette mirrors the one of the viewer's
// decoder.
#pragma once

#include "base/bytes.h"
#include "media/frame.h"
#include "media/palette.h"

namespace godesk::media {

class RectCoder {
 public:
  void reset() { session_.clear(); }

  /// One colour as `solid`, few as indices, others as BGR.
  void put(Writer& to, const FrameView& frame, const Rect& rect);
  void put_copy(Writer& to, const Rect& rect, Point from);

 private:
  bool make_room(Writer& to);
  void put_indexed(Writer& to, const Rect& rect);

  Palette session_;
  IndexedRect indexed_;  // kept for its memory
};

}  // namespace godesk::media
