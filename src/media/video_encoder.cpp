#include <algorithm>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "media/video.h"
#include "media/video_choice.h"
#include "media/yuv.h"

namespace godesk::media {
namespace {

constexpr int kTicks = 1000;  // a second
constexpr Duration kMinGap = 10ms, kMaxGap = 200ms;
// The first picture is as large as so many percent of an average one: on a slow link it is soon there, and
// the next ones sharpen it.
constexpr unsigned kFirstPicture = 400;
// Finer steps would mostly code a camera's grain, and so does what is left of a block after its prediction
// when it is less than this: together a quarter of the time and half of the bytes for 0.2 dB. What rests is
// refined exactly anyway.
constexpr unsigned kFinestQuantizer = 17, kGrain = 2000;
// Colour is smooth where it was made a quarter: the finest steps for it cost next to nothing.
constexpr int kFinerColour = -15;
// A second thread halves the time that the rest of the host waits, and takes a tenth more time in all.
constexpr std::int64_t kOneThread = 1280 * 768;  // pixels

unsigned kilobits(BitsPerSecond rate) {
  return static_cast<unsigned>(std::clamp<std::int64_t>(rate.n / 1000, 50, 100'000));
}

/// Constant bit rate, no frame held back, no key frame but the first.
vpx_codec_enc_cfg settings(const Rect& rect, Chroma chroma, BitsPerSecond rate) {
  vpx_codec_enc_cfg config{};
  vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &config, 0);
  config.g_profile = static_cast<unsigned>(chroma);
  config.g_w = static_cast<unsigned>(rect.w);
  config.g_h = static_cast<unsigned>(rect.h);
  config.g_timebase = {1, kTicks};
  config.g_threads = rect.area() <= kOneThread ? 1 : 2;
  config.g_lag_in_frames = 0;
  config.rc_end_usage = VPX_CBR;
  config.rc_target_bitrate = kilobits(rate);
  config.rc_min_quantizer = kFinestQuantizer;
  config.rc_max_quantizer = 52;
  config.rc_buf_initial_sz = 500;
  config.rc_buf_optimal_sz = 600;
  config.rc_buf_sz = 1000;
  config.kf_mode = VPX_KF_DISABLED;
  return config;
}

}  // namespace

struct VideoEncoder::Codec {
  vpx_codec_ctx context{};
  vpx_codec_enc_cfg config{};
  vpx_image image{};
  bool open = false;
  Time last{};
  std::int64_t tick = 0;

  ~Codec() {
    if (open) vpx_codec_destroy(&context);
    vpx_img_free(&image);
  }
};

VideoEncoder::VideoEncoder(const Rect& rect, Chroma chroma, BitsPerSecond rate)
    : rect_(rect), codec_(std::make_unique<Codec>()) {
  Codec& c = *codec_;
  c.config = settings(rect, chroma, rate);
  const auto format = chroma == Chroma::full ? VPX_IMG_FMT_I444 : VPX_IMG_FMT_I420;
  if (!vpx_img_alloc(&c.image, format, c.config.g_w, c.config.g_h, 32)) return;
  if (vpx_codec_enc_init(&c.context, vpx_codec_vp9_cx(), &c.config, 0) != VPX_CODEC_OK) return;
  c.open = true;
  vpx_codec_control(&c.context, VP8E_SET_CPUUSED, 9);
  // Where bits are few they go to what changed least, in turns; where they are not, that only takes time.
  vpx_codec_control(&c.context, VP9E_SET_AQ_MODE, rate.n * 2 < enough_for(rect).n ? 3U : 0U);
  const int columns = c.config.g_threads > 1 ? 1 : 0;
  vpx_codec_control(&c.context, VP9E_SET_ROW_MT, unsigned(columns));
  vpx_codec_control(&c.context, VP9E_SET_TILE_COLUMNS, columns);
  vpx_codec_control(&c.context, VP8E_SET_STATIC_THRESHOLD, kGrain);
  if (chroma == Chroma::quarter) vpx_codec_control(&c.context, VP9E_SET_DELTA_Q_UV, kFinerColour);
  vpx_codec_control(&c.context, VP9E_SET_GF_CBR_BOOST_PCT, 0);
  vpx_codec_control(&c.context, VP9E_SET_TPL, 0);
  vpx_codec_control(&c.context, VP8E_SET_MAX_INTRA_BITRATE_PCT, kFirstPicture);
  vpx_codec_control(&c.context, VP9E_SET_COLOR_SPACE, VPX_CS_BT_601);
  vpx_codec_control(&c.context, VP9E_SET_COLOR_RANGE, VPX_CR_FULL_RANGE);
}

VideoEncoder::~VideoEncoder() = default;

bool VideoEncoder::works() const { return codec_->open; }

void VideoEncoder::set_rate(BitsPerSecond rate) {
  Codec& c = *codec_;
  const unsigned wanted = kilobits(rate), now = c.config.rc_target_bitrate;
  // The codec begins its accounts anew with each change: small ones are not worth it.
  if (wanted > now * 7 / 8 && wanted < now * 9 / 8) return;
  c.config.rc_target_bitrate = wanted;
  vpx_codec_enc_config_set(&c.context, &c.config);
}

Buffer VideoEncoder::encode(Time now, const FrameView& frame) {
  Codec& c = *codec_;
  vpx_image& image = c.image;
  const Planes planes{{image.planes[0], image.planes[1], image.planes[2]},
                      {image.stride[0], image.stride[1], image.stride[2]}};
  to_yuv(frame, rect_, image.fmt == VPX_IMG_FMT_I444 ? Chroma::full : Chroma::quarter, planes);
  const Duration gap = std::clamp<Duration>(now - c.last, kMinGap, kMaxGap);
  c.last = now;
  const auto ticks = std::chrono::duration_cast<std::chrono::milliseconds>(gap).count();
  if (vpx_codec_encode(&c.context, &image, c.tick, static_cast<unsigned long>(ticks), 0, VPX_DL_REALTIME) !=
      VPX_CODEC_OK)
    return {};
  c.tick += ticks;
  Buffer out;
  vpx_codec_iter_t iterator = nullptr;
  while (const auto* packet = vpx_codec_get_cx_data(&c.context, &iterator)) {
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
    const auto* bytes = static_cast<const std::uint8_t*>(packet->data.frame.buf);
    append(out, {bytes, packet->data.frame.sz});
  }
  return out;
}

}  // namespace godesk::media
