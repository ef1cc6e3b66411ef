#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "media/video_choice.h"
#include "media/video_rate.h"
#include "media/vp9.h"
#include "media/yuv.h"

namespace godesk::media {
namespace {

// The first picture is as large as so many percent of an average one: on a slow link it is soon there, and
// the next ones sharpen it.
constexpr unsigned kFirstPicture = 400;
// Grain is gone before libvpx sees a picture (media/grain.h). Steps finer than this would code what is left
// of it: a third more time for 0.1 dB.
constexpr int kFinestQuantizer = 12, kCoarsestQuantizer = 52;
// So is what is left of a block after its prediction, when it is less than this: it would take two thirds
// more time for 0.1 dB. What rests is refined exactly anyway.
constexpr unsigned kLeftOut = 2000;
// Rate control begins with the coarsest step and comes down in half a second. Where there are bits enough the
// second picture need not be a poor one: there it begins with this one.
constexpr int kFirstQuantizer = 24;
// libvpx's fastest: blocks of 16 pixels at least, and one reference.
constexpr int kHurry = 9;
// Colour is smooth where it was made a quarter: the finest steps for it cost next to nothing.
constexpr int kFinerColour = -15;

bool plenty(const Rect& rect, BitsPerSecond rate) { return rate.n >= enough_for(rect).n; }

/// Constant bit rate, no frame held back, no key frame but the first.
vpx_codec_enc_cfg settings(const Rect& rect, Chroma chroma, BitsPerSecond rate) {
  vpx_codec_enc_cfg config{};
  vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &config, 0);
  config.g_profile = static_cast<unsigned>(chroma);
  config.g_w = static_cast<unsigned>(rect.w);
  config.g_h = static_cast<unsigned>(rect.h);
  config.g_timebase = {1, kVideoTicks};
  config.g_threads = static_cast<unsigned>(video_threads(rect));
  config.g_lag_in_frames = 0;
  config.rc_end_usage = VPX_CBR;
  config.rc_target_bitrate = static_cast<unsigned>(kilobits(rate));
  config.rc_min_quantizer = kFinestQuantizer;
  config.rc_max_quantizer = plenty(rect, rate) ? kFirstQuantizer : kCoarsestQuantizer;
  config.rc_buf_initial_sz = 500;
  config.rc_buf_optimal_sz = 600;
  config.rc_buf_sz = 1000;
  config.kf_mode = VPX_KF_DISABLED;
  return config;
}

class Vp9Encoder final : public VideoEncoder {
 public:
  Vp9Encoder(const Rect& rect, Chroma chroma, BitsPerSecond rate)
      : rect_(rect), chroma_(chroma), config_(settings(rect, chroma, rate)), pictures_(rect, chroma) {
    if (vpx_codec_enc_init(&context_, vpx_codec_vp9_cx(), &config_, 0) != VPX_CODEC_OK) return;
    open_ = true;
    // Where bits are few they go to what changed least, in turns; where they are not, that only takes time.
    vpx_codec_control(&context_, VP9E_SET_AQ_MODE, rate.n * 2 < enough_for(rect).n ? 3U : 0U);
    set_up();
  }
  ~Vp9Encoder() override {
    if (open_) vpx_codec_destroy(&context_);
  }
  Vp9Encoder(const Vp9Encoder&) = delete;
  Vp9Encoder& operator=(const Vp9Encoder&) = delete;

  bool works() const { return open_; }

  void set_rate(BitsPerSecond rate) override {
    if (!worth_a_change(static_cast<int>(config_.rc_target_bitrate), kilobits(rate))) return;
    config_.rc_target_bitrate = static_cast<unsigned>(kilobits(rate));
    vpx_codec_enc_config_set(&context_, &config_);
  }

  bool take(const FrameView& frame) override { return pictures_.take(frame); }

  Buffer encode(Time now) override {
    vpx_image image = image_of(pictures_.last());
    const std::int64_t ticks = clock_.ticks_since_last(now);
    if (vpx_codec_encode(&context_, &image, tick_, static_cast<unsigned long>(ticks), 0, VPX_DL_REALTIME) !=
        VPX_CODEC_OK)
      return {};
    tick_ += ticks;
    Buffer out;
    vpx_codec_iter_t iterator = nullptr;
    while (const auto* packet = vpx_codec_get_cx_data(&context_, &iterator)) {
      if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
      const auto* bytes = static_cast<const std::uint8_t*>(packet->data.frame.buf);
      append(out, {bytes, packet->data.frame.sz});
    }
    return out;
  }

 private:
  vpx_image image_of(const Planes& planes) const {
    const auto format = chroma_ == Chroma::full ? VPX_IMG_FMT_I444 : VPX_IMG_FMT_I420;
    vpx_image image{};
    vpx_img_wrap(&image, format, config_.g_w, config_.g_h, 1, planes.at[0]);
    for (std::size_t i = 0; i < planes.at.size(); ++i) {
      image.planes[i] = planes.at[i];
      image.stride[i] = planes.stride[i];
    }
    return image;
  }

  void set_up() {
    config_.rc_max_quantizer = kCoarsestQuantizer;
    vpx_codec_enc_config_set(&context_, &config_);
    const int columns = config_.g_threads > 1 ? 1 : 0;
    vpx_codec_control(&context_, VP8E_SET_CPUUSED, kHurry);
    vpx_codec_control(&context_, VP9E_SET_ROW_MT, static_cast<unsigned>(columns));
    vpx_codec_control(&context_, VP9E_SET_TILE_COLUMNS, columns);
    vpx_codec_control(&context_, VP8E_SET_STATIC_THRESHOLD, kLeftOut);
    if (chroma_ == Chroma::quarter) vpx_codec_control(&context_, VP9E_SET_DELTA_Q_UV, kFinerColour);
    vpx_codec_control(&context_, VP9E_SET_GF_CBR_BOOST_PCT, 0);
    vpx_codec_control(&context_, VP9E_SET_TPL, 0);
    vpx_codec_control(&context_, VP8E_SET_MAX_INTRA_BITRATE_PCT, kFirstPicture);
    vpx_codec_control(&context_, VP9E_SET_COLOR_SPACE, VPX_CS_BT_601);
    vpx_codec_control(&context_, VP9E_SET_COLOR_RANGE, VPX_CR_FULL_RANGE);
  }

  Rect rect_;
  Chroma chroma_;
  vpx_codec_enc_cfg config_;
  vpx_codec_ctx context_{};
  YuvPictures pictures_;
  bool open_ = false;
  FrameClock clock_;
  std::int64_t tick_ = 0;
};

}  // namespace

std::unique_ptr<VideoEncoder> make_vp9_encoder(const Rect& rect, Chroma chroma, BitsPerSecond rate) {
  auto encoder = std::make_unique<Vp9Encoder>(rect, chroma, rate);
  if (!encoder->works()) return nullptr;
  return encoder;
}

}  // namespace godesk::media
