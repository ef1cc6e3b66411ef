// GPL: x264 is under the GNU General Public License, version 2 or later; so is a program that contains this.
#include <algorithm>
#include <cstdarg>
#include <cstdint>

extern "C" {
#include <x264.h>
}

#include "media/h264.h"
#include "media/quantizer.h"
#include "media/video_rate.h"
#include "media/yuv.h"

namespace godesk::media {

const bool kBuiltH264 = true;

namespace {

// A coarser step for luma leaves out a camera's grain; a finer one for colour, which was made a quarter and
// is smooth, costs little.
constexpr int kFinestQuantizer = 25, kFinerColour = -12;

/// No frame held back, no key frame but the first, and no rate control: x264's looks for motion twice.
x264_param_t settings(const Rect& rect) {
  x264_param_t param;
  x264_param_default_preset(&param, "ultrafast", "zerolatency");
  param.i_log_level = X264_LOG_NONE;
  param.i_width = rect.w;
  param.i_height = rect.h;
  param.i_csp = X264_CSP_I420;
  param.i_threads = video_threads(rect);
  param.b_sliced_threads = 1;
  param.i_keyint_max = X264_KEYINT_MAX_INFINITE;
  param.i_scenecut_threshold = 0;
  param.b_repeat_headers = 1;
  param.b_annexb = 1;
  param.vui.b_fullrange = 1;
  param.rc.i_rc_method = X264_RC_CQP;
  param.rc.i_qp_constant = kFinestQuantizer;
  // What a picture may ask for lies between the three kinds' steps: this opens the range upwards.
  param.rc.f_ip_factor = 0.01F;
  param.rc.f_pb_factor = 1;
  param.analyse.i_chroma_qp_offset = kFinerColour;
  x264_param_apply_profile(&param, "baseline");
  return param;
}

class H264Encoder final : public VideoEncoder {
 public:
  H264Encoder(const Rect& rect, BitsPerSecond rate)
      : rate_(rate), quantizer_(kFinestQuantizer, rect.area()), pictures_(rect, Chroma::quarter) {
    x264_param_t param = settings(rect);
    codec_ = x264_encoder_open(&param);
  }
  ~H264Encoder() override {
    if (codec_) x264_encoder_close(codec_);
  }
  H264Encoder(const H264Encoder&) = delete;
  H264Encoder& operator=(const H264Encoder&) = delete;

  bool works() const { return codec_ != nullptr; }

  void set_rate(BitsPerSecond rate) override { rate_ = rate; }

  bool take(const FrameView& frame) override { return pictures_.take(frame); }

  Buffer encode(Time now) override {
    x264_picture_t picture = picture_of(pictures_.last());
    picture.i_qpplus1 = 1 + quantizer_.next(rate_, clock_.since_last(now));
    picture.i_pts = number_++;
    x264_nal_t* units = nullptr;
    int count = 0;
    x264_picture_t coded;
    if (x264_encoder_encode(codec_, &units, &count, &picture, &coded) <= 0) return {};
    Buffer out;
    for (int i = 0; i < count; ++i)
      if (units[i].i_type != NAL_SEI)  // who made it, and how
        append(out, {units[i].p_payload, static_cast<std::size_t>(units[i].i_payload)});
    quantizer_.took(out.size());
    return out;
  }

 private:
  static x264_picture_t picture_of(const Planes& planes) {
    x264_picture_t picture;
    x264_picture_init(&picture);
    picture.img.i_csp = X264_CSP_I420;
    picture.img.i_plane = static_cast<int>(planes.at.size());
    for (std::size_t i = 0; i < planes.at.size(); ++i) {
      picture.img.plane[i] = planes.at[i];
      picture.img.i_stride[i] = planes.stride[i];
    }
    return picture;
  }

  BitsPerSecond rate_;
  QuantizerControl quantizer_;
  YuvPictures pictures_;
  x264_t* codec_ = nullptr;
  FrameClock clock_;
  std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<VideoEncoder> make_h264_encoder(const Rect& rect, BitsPerSecond rate) {
  auto encoder = std::make_unique<H264Encoder>(rect, rate);
  if (!encoder->works()) return nullptr;
  return encoder;
}

}  // namespace godesk::media
