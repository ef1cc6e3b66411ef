#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "media/vp9.h"
#include "media/yuv.h"

namespace godesk::media {
namespace {

class Vp9Decoder final : public VideoDecoder {
 public:
  Vp9Decoder(const Rect& rect, Chroma chroma) : rect_(rect), chroma_(chroma) {
    vpx_codec_dec_cfg config{};
    config.threads = 1;
    open_ = vpx_codec_dec_init(&context_, vpx_codec_vp9_dx(), &config, 0) == VPX_CODEC_OK;
  }
  ~Vp9Decoder() override {
    if (open_) vpx_codec_destroy(&context_);
  }
  Vp9Decoder(const Vp9Decoder&) = delete;
  Vp9Decoder& operator=(const Vp9Decoder&) = delete;

  bool works() const { return open_; }

  bool decode(ByteView coded, Frame& canvas) override {
    if (!check_vp9(coded, rect_.w, rect_.h, chroma_, !begun_)) return false;
    if (vpx_codec_decode(&context_, coded.data(), static_cast<unsigned>(coded.size()), nullptr, 0) !=
        VPX_CODEC_OK)
      return false;
    begun_ = true;
    vpx_codec_iter_t iterator = nullptr;
    const vpx_image* image = vpx_codec_get_frame(&context_, &iterator);
    const auto format = chroma_ == Chroma::full ? VPX_IMG_FMT_I444 : VPX_IMG_FMT_I420;
    if (!image || image->fmt != format || image->d_w != unsigned(rect_.w) || image->d_h != unsigned(rect_.h))
      return false;
    from_yuv({{image->planes[0], image->planes[1], image->planes[2]},
              {image->stride[0], image->stride[1], image->stride[2]}},
             chroma_, rect_, canvas);
    return true;
  }

 private:
  Rect rect_;
  Chroma chroma_;
  vpx_codec_ctx context_{};
  bool open_ = false, begun_ = false;
};

}  // namespace

std::unique_ptr<VideoDecoder> make_vp9_decoder(const Rect& rect, Chroma chroma) {
  auto decoder = std::make_unique<Vp9Decoder>(rect, chroma);
  if (!decoder->works()) return nullptr;
  return decoder;
}

}  // namespace godesk::media
