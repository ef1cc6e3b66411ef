// Video as VP9, by libvpx: 8 bits, profile 0 with quartered colour or profile 1 with all of it.
#pragma once

#include <memory>

#include "media/video.h"

namespace godesk::media {

/// True when `frame` is one VP9 frame (VP9 bitstream specification, 6.2) that is shown, of this size, with
/// 8 bits and this chroma; a key frame if `key`.
bool check_vp9(ByteView frame, int width, int height, Chroma chroma, bool key);

std::unique_ptr<VideoEncoder> make_vp9_encoder(const Rect& rect, Chroma chroma, BitsPerSecond rate);
std::unique_ptr<VideoDecoder> make_vp9_decoder(const Rect& rect, Chroma chroma);

}  // namespace godesk::media
