// Video as H.264 (ITU-T H.264), constrained baseline, in the byte stream format of annex B.
//
// With GODESK_GPL_X264 x264 encodes it and OpenH264 decodes it (h264/x264_encoder.cpp,
// h264/openh264_decoder.cpp); without, nobody does, and the makers give nothing (h264/absent.cpp).
#pragma once

#include <memory>

#include "media/video.h"

namespace godesk::media {

extern const bool kBuiltH264;

/// Quartered colour needs even sides here.
bool h264_fits(const Rect& rect);

/// True when `frame` is one access unit of what is allowed: the first (`key`) one sequence and one picture
/// parameter set and the slices of an IDR picture, all others nothing but slices of one picture. Constrained
/// baseline, exactly this size, at most one reference, pictures in the order of decoding, slices in the order
/// of their macroblocks (7.3.2.1, 7.3.2.2, 7.3.3).
bool check_h264(ByteView frame, int width, int height, bool key);

std::unique_ptr<VideoEncoder> make_h264_encoder(const Rect& rect, BitsPerSecond rate);
std::unique_ptr<VideoDecoder> make_h264_decoder(const Rect& rect);

}  // namespace godesk::media
