#include <wels/codec_api.h>

#include "media/h264.h"
#include "media/yuv.h"

namespace godesk::media {
namespace {

class H264Decoder final : public VideoDecoder {
 public:
  explicit H264Decoder(const Rect& rect) : rect_(rect) {
    if (WelsCreateDecoder(&codec_) != 0) return;
    int quiet = WELS_LOG_QUIET;
    codec_->SetOption(DECODER_OPTION_TRACE_LEVEL, &quiet);
    SDecodingParam param{};
    param.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
    param.eEcActiveIdc = ERROR_CON_DISABLE;
    works_ = codec_->Initialize(&param) == cmResultSuccess;
  }
  ~H264Decoder() override {
    if (works_) codec_->Uninitialize();
    if (codec_) WelsDestroyDecoder(codec_);
  }
  H264Decoder(const H264Decoder&) = delete;
  H264Decoder& operator=(const H264Decoder&) = delete;

  bool works() const { return works_; }

  bool decode(ByteView coded, Frame& canvas) override {
    if (!check_h264(coded, rect_.w, rect_.h, !begun_)) return false;
    begun_ = true;  // its sets come once, whatever becomes of them
    std::uint8_t* planes[3] = {};
    SBufferInfo info{};
    if (codec_->DecodeFrameNoDelay(coded.data(), static_cast<int>(coded.size()), planes, &info) !=
        dsErrorFree)
      return false;
    const SSysMEMBuffer& image = info.UsrData.sSystemBuffer;
    if (info.iBufferStatus != 1 || image.iFormat != videoFormatI420 || image.iWidth != rect_.w ||
        image.iHeight != rect_.h)
      return false;
    from_yuv({{planes[0], planes[1], planes[2]}, {image.iStride[0], image.iStride[1], image.iStride[1]}},
             Chroma::quarter, rect_, canvas);
    return true;
  }

 private:
  Rect rect_;
  ISVCDecoder* codec_ = nullptr;
  bool works_ = false, begun_ = false;
};

}  // namespace

std::unique_ptr<VideoDecoder> make_h264_decoder(const Rect& rect) {
  auto decoder = std::make_unique<H264Decoder>(rect);
  if (!decoder->works()) return nullptr;
  return decoder;
}

}  // namespace godesk::media
