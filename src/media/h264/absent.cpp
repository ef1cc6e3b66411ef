// A build without GODESK_GPL_X264.
#include "media/h264.h"

namespace godesk::media {

const bool kBuiltH264 = false;

std::unique_ptr<VideoEncoder> make_h264_encoder(const Rect&, BitsPerSecond) { return nullptr; }
std::unique_ptr<VideoDecoder> make_h264_decoder(const Rect&) { return nullptr; }

}  // namespace godesk::media
