// One zstd frame that lasts: each flush() makes all that was written so far readable at the other end.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

// zstd's own names for its stream states.
struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace godesk::media {

class ZstdCompressor {
 public:
  ZstdCompressor();

  /// Begins a new frame; what was not flushed is lost.
  void reset();
  /// Compressed bytes are appended to `out` as they come; some are held back until flush().
  void write(ByteView plain, Buffer& out);
  void flush(Buffer& out);

 private:
  void run(ByteView plain, bool flush, Buffer& out);

  struct Free {
    void operator()(ZSTD_CCtx_s*) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  Buffer scratch_;
};

class ZstdDecompressor {
 public:
  enum class Outcome {
    ok,
    corrupt,    // not zstd, a damaged stream, a window above the bound, or the end of the frame
    too_large,  // more than `max` bytes
  };

  /// `window_log`: frames that want a larger window are corrupt.
  explicit ZstdDecompressor(int window_log);

  void reset();
  /// Appends to `plain` all that `compressed` gives, as long as `plain` stays within `max` bytes.
  Outcome read(ByteView compressed, std::size_t max, Buffer& plain);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s*) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  Buffer scratch_;
};

/// One whole frame at once, for small things. Compression never fails; the result says nothing of its size.
Buffer zstd_compress(ByteView plain);
/// True when `compressed` is one frame of exactly `plain.size()` bytes, which are then in `plain`.
bool zstd_decompress_exactly(ByteView compressed, MutableBytes plain);

}  // namespace godesk::media
