// Approximations of places of the screen: one baseline JPEG each (ITU-T T.81), three components, 4:4:4.
//
// What comes from the network is read by check_jpeg() first: nothing but the one kind of picture that our
// encoder writes, of exactly the size that was announced, reaches the library.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "media/frame.h"

namespace godesk::media {

/// A picture has at most so many pixels: what a few bytes can make a viewer decode.
inline constexpr std::int64_t kMaxJpegPixels = std::int64_t{1} << 22;

/// True when `jpeg` is whole: SOI, tables, one SOF0 of this size, one scan, EOI, and nothing else.
bool check_jpeg(ByteView jpeg, int width, int height);

class JpegEncoder {
 public:
  JpegEncoder();
  /// `rect` has at most kMaxJpegPixels. `quality` is 1..100.
  Buffer encode(const FrameView& frame, const Rect& rect, int quality);

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Free> handle_;
};

class JpegDecoder {
 public:
  JpegDecoder();
  /// A picture of this size, or an empty one when `jpeg` is not one (check_jpeg), is damaged or too large.
  Frame decode(ByteView jpeg, int width, int height);

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Free> handle_;
};

/// The picture of `rect` at a `scale`-th of its size, each side rounded up; a pixel is the mean of those it
/// stands for.
Frame shrink(const FrameView& frame, const Rect& rect, int scale);
/// Fills `rect` with `picture` made larger, smoothly.
void paint_enlarged(const FrameView& picture, const Rect& rect, Frame& canvas);

}  // namespace godesk::media
