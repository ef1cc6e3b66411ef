#include "media/video.h"

#include "media/h264.h"
#include "media/vp9.h"

namespace godesk::media {

bool video_fits(const Rect& rect) {
  return rect.w >= kMinVideoSide && rect.h >= kMinVideoSide && rect.area() <= kMaxVideoPixels;
}

MoreCodecs built_codecs() { return kBuiltH264 ? kH264 : 0; }

Coding coding_for(const Rect& rect, Chroma chroma, MoreCodecs more) {
  if (chroma == Chroma::full) return Coding::vp9_full;
  return kBuiltH264 && (more & kH264) && h264_fits(rect) ? Coding::h264 : Coding::vp9;
}

std::unique_ptr<VideoEncoder> make_video_encoder(const Rect& rect, Coding coding, BitsPerSecond rate) {
  switch (coding) {
    case Coding::vp9:
      return make_vp9_encoder(rect, Chroma::quarter, rate);
    case Coding::vp9_full:
      return make_vp9_encoder(rect, Chroma::full, rate);
    case Coding::h264:
      return make_h264_encoder(rect, rate);
  }
  return nullptr;
}

std::unique_ptr<VideoDecoder> make_video_decoder(const Rect& rect, Coding coding) {
  switch (coding) {
    case Coding::vp9:
      return make_vp9_decoder(rect, Chroma::quarter);
    case Coding::vp9_full:
      return make_vp9_decoder(rect, Chroma::full);
    case Coding::h264:
      return make_h264_decoder(rect);
  }
  return nullptr;
}

}  // namespace godesk::media
