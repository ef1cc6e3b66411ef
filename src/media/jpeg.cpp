#include "media/jpeg.h"

#include <algorithm>
#include <cstring>

#include <turbojpeg.h>

namespace godesk::media {
namespace {

enum Marker : std::uint8_t {
  kSof0 = 0xc0,
  kDht = 0xc4,
  kRst0 = 0xd0,
  kRst7 = 0xd7,
  kSoi = 0xd8,
  kEoi = 0xd9,
  kSos = 0xda,
  kDqt = 0xdb,
  kApp0 = 0xe0,
};

/// Baseline, 8 bits, this size, three components that are all sampled 1x1.
bool check_frame_header(Reader from, int width, int height) {
  if (from.u8() != 8 || from.u16() != height || from.u16() != width || from.u8() != 3) return false;
  for (int i = 0; i < 3; ++i) {
    from.skip(1);
    if (from.u8() != 0x11) return false;
    from.skip(1);
  }
  return !from.failed() && from.empty();
}

/// Entropy-coded bytes: no marker but restarts, and EOI as the last two.
bool check_scan(ByteView scan) {
  for (std::size_t i = 0; i + 1 < scan.size(); ++i) {
    if (scan[i] != 0xff) continue;
    const std::uint8_t next = scan[i + 1];
    if (next == kEoi) return i + 2 == scan.size();
    if (next != 0 && (next < kRst0 || next > kRst7)) return false;
    ++i;
  }
  return false;
}

}  // namespace

bool check_jpeg(ByteView jpeg, int width, int height) {
  Reader from(jpeg);
  if (from.u8() != 0xff || from.u8() != kSoi) return false;
  for (bool sized = false;;) {
    if (from.u8() != 0xff) return false;
    const std::uint8_t marker = from.u8();
    const std::size_t length = from.u16();
    if (length < 2) return false;
    const ByteView segment = from.take(length - 2);
    if (from.failed()) return false;
    if (marker == kSos) return sized && check_scan(from.rest());
    if (marker == kSof0) {
      if (sized || !check_frame_header(Reader(segment), width, height)) return false;
      sized = true;
    } else if (marker != kDqt && marker != kDht && marker != kApp0) {
      return false;
    }
  }
}

void JpegEncoder::Free::operator()(void* handle) const { tjDestroy(handle); }
void JpegDecoder::Free::operator()(void* handle) const { tjDestroy(handle); }
JpegEncoder::JpegEncoder() : handle_(tjInitCompress()) {}
JpegDecoder::JpegDecoder() : handle_(tjInitDecompress()) {}

Buffer JpegEncoder::encode(const FrameView& frame, const Rect& rect, int quality) {
  Buffer out(tjBufSize(rect.w, rect.h, TJSAMP_444));
  unsigned char* data = out.data();
  unsigned long size = out.size();
  const int failed =
      tjCompress2(handle_.get(), reinterpret_cast<const unsigned char*>(frame.at(rect.x, rect.y)), rect.w,
                  frame.stride * 4, rect.h, TJPF_BGRX, &data, &size, TJSAMP_444, quality, TJFLAG_NOREALLOC);
  out.resize(failed ? 0 : size);
  return out;
}

Frame JpegDecoder::decode(ByteView jpeg, int width, int height) {
  if (std::int64_t{width} * height > kMaxJpegPixels || !check_jpeg(jpeg, width, height)) return {};
  Frame picture(width, height);
  if (picture.empty()) return {};
  const int failed = tjDecompress2(handle_.get(), jpeg.data(), jpeg.size(),
                                   reinterpret_cast<unsigned char*>(picture.at(0, 0)), width, width * 4,
                                   height, TJPF_BGRX, 0);
  if (failed) return {};
  std::uint32_t* const pixels = picture.at(0, 0);
  std::for_each_n(pixels, std::size_t(width) * std::size_t(height), [](std::uint32_t& p) { p &= 0xffffff; });
  return picture;
}

Frame shrink(const FrameView& frame, const Rect& rect, int scale) {
  Frame small((rect.w + scale - 1) / scale, (rect.h + scale - 1) / scale);
  if (small.empty()) return small;
  for (int y = 0; y < small.height(); ++y)
    for (int x = 0; x < small.width(); ++x) {
      const Rect from = intersect({rect.x + x * scale, rect.y + y * scale, scale, scale}, rect);
      std::uint32_t red = 0, green = 0, blue = 0;
      for (int v = from.y; v < from.bottom(); ++v)
        for (int u = from.x; u < from.right(); ++u) {
          const std::uint32_t p = *frame.at(u, v);
          red += p >> 16 & 0xff, green += p >> 8 & 0xff, blue += p & 0xff;
        }
      const auto n = static_cast<std::uint32_t>(from.area());
      *small.at(x, y) = red / n << 16 | green / n << 8 | blue / n;
    }
  return small;
}

namespace {

/// Where the middle of pixel `i` of `large` lies in `small`, in 1/256 of a pixel.
int position(int i, int small, int large) {
  const std::int64_t at = (std::int64_t{2} * i + 1) * small * 128 / large - 128;
  return static_cast<int>(std::clamp<std::int64_t>(at, 0, std::int64_t{small - 1} * 256));
}

/// Two channels at once: each has eight bits of room above it.
std::uint32_t mix(std::uint32_t a, std::uint32_t b, std::uint32_t part) {
  const std::uint32_t rb = ((a & 0xff00ff) * (256 - part) + (b & 0xff00ff) * part) >> 8 & 0xff00ff;
  const std::uint32_t g = ((a & 0xff00) * (256 - part) + (b & 0xff00) * part) >> 8 & 0xff00;
  return rb | g;
}

}  // namespace

void paint_enlarged(const FrameView& picture, const Rect& rect, Frame& canvas) {
  std::vector<int> columns(static_cast<std::size_t>(rect.w));
  for (int x = 0; x < rect.w; ++x) columns[std::size_t(x)] = position(x, picture.width, rect.w);
  for (int y = 0; y < rect.h; ++y) {
    const int v = position(y, picture.height, rect.h);
    const std::uint32_t* upper = picture.at(0, v / 256);
    const std::uint32_t* lower = picture.at(0, std::min(v / 256 + 1, picture.height - 1));
    std::uint32_t* out = canvas.at(rect.x, rect.y + y);
    for (int x = 0; x < rect.w; ++x) {
      const int u = columns[std::size_t(x)], right = std::min(u / 256 + 1, picture.width - 1);
      const auto part = static_cast<std::uint32_t>(u % 256);
      out[x] = mix(mix(upper[u / 256], upper[right], part), mix(lower[u / 256], lower[right], part),
                   static_cast<std::uint32_t>(v % 256));
    }
  }
}

}  // namespace godesk::media
