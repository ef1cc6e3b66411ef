#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "media/video.h"
#include "media/yuv.h"

namespace godesk::media {

struct VideoDecoder::Codec {
  vpx_codec_ctx context{};
  bool open = false;
  ~Codec() {
    if (open) vpx_codec_destroy(&context);
  }
};

VideoDecoder::VideoDecoder(const Rect& rect, Chroma chroma)
    : rect_(rect), chroma_(chroma), codec_(std::make_unique<Codec>()) {
  vpx_codec_dec_cfg config{};
  config.threads = 1;
  codec_->open = vpx_codec_dec_init(&codec_->context, vpx_codec_vp9_dx(), &config, 0) == VPX_CODEC_OK;
}

VideoDecoder::~VideoDecoder() = default;

bool VideoDecoder::decode(ByteView vp9, Frame& canvas) {
  if (!codec_->open || !check_vp9(vp9, rect_.w, rect_.h, chroma_, !begun_)) return false;
  if (vpx_codec_decode(&codec_->context, vp9.data(), static_cast<unsigned>(vp9.size()), nullptr, 0) !=
      VPX_CODEC_OK)
    return false;
  begun_ = true;
  vpx_codec_iter_t iterator = nullptr;
  const vpx_image* image = vpx_codec_get_frame(&codec_->context, &iterator);
  const auto format = chroma_ == Chroma::full ? VPX_IMG_FMT_I444 : VPX_IMG_FMT_I420;
  if (!image || image->fmt != format || image->d_w != unsigned(rect_.w) || image->d_h != unsigned(rect_.h))
    return false;
  from_yuv({{image->planes[0], image->planes[1], image->planes[2]},
            {image->stride[0], image->stride[1], image->stride[2]}},
           chroma_, rect_, canvas);
  return true;
}

}  // namespace godesk::media
