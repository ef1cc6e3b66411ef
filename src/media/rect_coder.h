// Writes places of a frame as operations of media/screen_wire.h. Its palette mirrors the one of the viewer's
// decoder.
#pragma once

#include "base/bytes.h"
#include "media/frame.h"
#include "media/jpeg.h"
#include "media/palette.h"
#include "media/video.h"

namespace godesk::media {

class RectCoder {
 public:
  void reset() { session_.clear(); }

  /// How the pixels of rects with many colours are to travel.
  enum class Photos { exact, jpeg };

  /// One colour as `solid`, few as indices, others as BGR, as a photograph or as JPEG. True when the viewer
  /// gets exactly these pixels.
  bool put(Writer& to, const FrameView& frame, const Rect& rect, Photos photos = Photos::exact);
  /// An impression of the rect, for a fraction of the bytes.
  void put_coarse(Writer& to, const FrameView& frame, const Rect& rect);
  void put_copy(Writer& to, const Rect& rect, Point from);
  void put_video_open(Writer& to, const Rect& rect, Coding coding);
  void put_video_close(Writer& to);

 private:
  bool make_room(Writer& to);
  void put_jpeg(Writer& to, const Rect& rect, std::uint8_t scale, ByteView jpeg);
  void put_indexed(Writer& to, const Rect& rect);

  Palette session_;
  IndexedRect indexed_;  // kept for its memory
  JpegEncoder jpeg_;
};

}  // namespace godesk::media
