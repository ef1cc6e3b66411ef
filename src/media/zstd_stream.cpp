#include "media/zstd_stream.h"

#include <cassert>

#include <zstd.h>

#include "media/screen_wire.h"

namespace godesk::media {
namespace {

// Level 3 finds in the window what was drawn before (a typed glyph: 38 bytes against 53 at level 1). With its
// own tables of 1 MiB it takes twice the time of level 1 on photos; with tables that stay in the cache it
// takes the same, and no more bytes. (zstd cannot change the level within a frame, so there is one for all
// updates.)
constexpr int kLevel = 3;
constexpr int kHashLog = 15;
constexpr int kChainLog = 14;

}  // namespace

void ZstdCompressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void ZstdDecompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

ZstdCompressor::ZstdCompressor() : context_(ZSTD_createCCtx()), scratch_(ZSTD_CStreamOutSize()) {
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, wire::kWindowLog);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_hashLog, kHashLog);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_chainLog, kChainLog);
}

void ZstdCompressor::reset() { ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only); }
void ZstdCompressor::write(ByteView plain, Buffer& out) { run(plain, false, out); }
void ZstdCompressor::flush(Buffer& out) { run({}, true, out); }

void ZstdCompressor::run(ByteView plain, bool flush, Buffer& out) {
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  std::size_t held_back = 0;
  do {
    ZSTD_outBuffer piece{scratch_.data(), scratch_.size(), 0};
    held_back = ZSTD_compressStream2(context_.get(), &piece, &in, flush ? ZSTD_e_flush : ZSTD_e_continue);
    assert(!ZSTD_isError(held_back));
    append(out, ByteView(scratch_).first(piece.pos));
  } while (in.pos < in.size || (flush && held_back > 0));
}

ZstdDecompressor::ZstdDecompressor(int window_log)
    : context_(ZSTD_createDCtx()), scratch_(ZSTD_DStreamOutSize()) {
  ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log);
}

void ZstdDecompressor::reset() { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }

ZstdDecompressor::Outcome ZstdDecompressor::read(ByteView compressed, std::size_t max, Buffer& plain) {
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  bool scratch_was_filled = false;
  while (in.pos < in.size || scratch_was_filled) {
    ZSTD_outBuffer piece{scratch_.data(), scratch_.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &piece, &in);
    if (ZSTD_isError(hint) || hint == 0) return Outcome::corrupt;  // 0: the frame ended
    if (piece.pos > max - plain.size()) return Outcome::too_large;
    append(plain, ByteView(scratch_).first(piece.pos));
    scratch_was_filled = piece.pos == piece.size;
  }
  return Outcome::ok;
}

Buffer zstd_compress(ByteView plain) {
  Buffer out(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), kLevel);
  assert(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

bool zstd_decompress_exactly(ByteView compressed, MutableBytes plain) {
  return ZSTD_decompress(plain.data(), plain.size(), compressed.data(), compressed.size()) == plain.size();
}

}  // namespace godesk::media
