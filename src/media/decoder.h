// The viewer's half of the screen coder: applies updates to a canvas.
//
//   1. A key update sets the size, blackens the canvas and starts the epoch's zstd stream and palette.
//   2. Each update is decompressed within bounds, checked operation by operation, and painted.
//   3. The caller repaints `changed`; `complete` says that the canvas shows a state the host's screen had, if
//      only coarsely here and there.
//
// Everything in an update is a stranger's claim: sizes, rects, window and output are bounded (SECURITY 7)
// before they are used; nothing throws. A refused update breaks the epoch: all further ones are refused until
// a key update comes. Pixels painted before the refusal stay.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "media/frame.h"

namespace godesk::media {

struct DecodedUpdate {
  Region changed;         // inside the canvas
  bool key = false;       // the canvas is new: its size may have changed, all of it is to be repainted
  bool video = false;     // it has a frame of the video rectangle
  bool complete = false;  // nothing of the host's state at that time is missing from the canvas
};

enum class DecodeError {
  truncated,      // ends within a header or an operation
  bad_flags,      // unknown flag bits
  bad_size,       // a screen without pixels or with a side above 16384
  no_memory,      // the canvas could not be allocated
  no_epoch,       // the first update is not a key update, or an earlier one was refused
  bad_stream,     // not zstd, a damaged stream, or a window above 8 MiB
  too_large,      // decompresses to more than 64 MiB
  bad_operation,  // an unknown or reserved operation
  bad_rect,       // empty, outside the screen, or more area in one update than the screen has
  bad_palette,    // more than 256 colours, or an index beyond them
  bad_jpeg,       // not the kind, size or scale of JPEG that is allowed (media/jpeg.h), or a damaged one
  bad_video,      // a frame or rectangle that is not allowed (media/video.h), or a damaged frame
};

const char* to_string(DecodeError error);

class ScreenDecoder {
 public:
  ScreenDecoder();
  ~ScreenDecoder();
  ScreenDecoder(ScreenDecoder&&) noexcept;
  ScreenDecoder& operator=(ScreenDecoder&&) noexcept;

  /// `canvas` is the same frame in every call of an epoch; a key update replaces it.
  Result<DecodedUpdate, DecodeError> decode(ByteView update, Frame& canvas);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace godesk::media
