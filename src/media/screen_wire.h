// The screen coder's bytes, shared by encoder and decoder. The authoritative description of one update:
//
//   update   = flags:u8  [width:u16 height:u16 if key]  [n:u32 n*byte if video]
//              zstd bytes up to the end of a flushed block
//   flags    = bit 0 key: a new epoch begins: new size, black canvas, fresh zstd frame, empty palette
//              bit 1 more: further updates follow before the canvas shows the host's screen as it was
//              bit 2 video: the n bytes are the next frame (media/video.h) of the video rectangle,
//              painted after the operations
//              other bits must be zero
//   The zstd bytes of all updates of an epoch are ONE zstd frame (windowLog <= 22), flushed after each
//   update; decompressed, each update is a list of whole operations:
//
//   op 0x01 solid          rect  blue:u8 green:u8 red:u8                       fills the rect
//   op 0x02 palette        rect  n:u16 n*(blue green red)  w*h index:u8
//              the n colours are appended to the session palette (at most 256)
//   op 0x03 bgr            rect  w*h*(blue green red)
//   op 0x04 palette reset                                                      the palette is empty again
//   op 0x05 jpeg           rect  scale:u8 n:u32 n*byte
//              a JPEG (media/jpeg.h) of at most 2^22 pixels. Scale 1: of the rect's size. Scale 4: its sides
//              are a quarter of the rect's, rounded up; it is painted enlarged. An approximation, exact
//              pixels follow
//   op 0x06 palette, op 0x07 bgr, by columns: as 0x02 and 0x03, but the pixels of the leftmost column come
//   first,
//              from top to bottom: in a line of text a letter is then one run of bytes
//   op 0x08 photo          rect  3*w*h*byte
//              differences of neighbours, as media/photo.h says
//   op 0x10 copy           rect  x:u16 y:u16
//              the rect gets the pixels of the one of its size whose upper left corner is at x, y, as they
//              were before this operation; it lies inside the screen and may overlap the rect
//   op 0x20 video open     rect  coding:u8
//              0: VP9, profile 0 (4:2:0); 1: VP9, profile 1 (4:4:4); 2: H.264, constrained baseline (4:2:0),
//              for a viewer that said that it decodes it
//              from now on this rect is the video rectangle, until it is closed or the epoch ends; its first
//              frame is a key frame. There is one at a time, and at most one is opened in an update
//   op 0x21 video close
//   op 0x22-0x2f reserved
//   rect     = x:u16 y:u16 w:u16 h:u16, not empty, inside the screen; the areas of one update's rects, the
//              video's aside, sum to at most the screen's
//
// Integers are big-endian. Everything not named here is refused, reserved codes included.
#pragma once

#include <cstddef>
#include <cstdint>

namespace godesk::media::wire {

inline constexpr std::uint8_t kKey = 0x01;
inline constexpr std::uint8_t kMore = 0x02;
inline constexpr std::uint8_t kVideo = 0x04;

enum Op : std::uint8_t {
  solid = 0x01,
  palette = 0x02,
  bgr = 0x03,
  palette_reset = 0x04,
  jpeg = 0x05,
  palette_columns = 0x06,
  bgr_columns = 0x07,
  photo = 0x08,
  copy = 0x10,
  video_open = 0x20,
  video_close = 0x21,
};

inline constexpr int kCoarseScale = 4;
inline constexpr int kWindowLog = 22;
inline constexpr std::size_t kPaletteSize = 256;
/// What one update may decompress to (SECURITY 7). The encoder splits what would be more.
inline constexpr std::size_t kMaxPlain = std::size_t{64} << 20;

}  // namespace godesk::media::wire
