#include "media/encoder.h"

#include <algorithm>

#include "media/palette.h"
#include "media/screen_wire.h"
#include "media/tile_diff.h"
#include "media/zstd_stream.h"

namespace godesk::media {
namespace {

// A strip is coded as a whole: small enough that a byte budget is kept and that text beside a photo gets its
// palette, large enough that its header is nothing.
constexpr int kStripPixels = 32768;
// Half below the decoder's bound, so that no strip (16384 pixels wide, BGR) can push an update over it.
constexpr std::size_t kPlainBudget = wire::kMaxPlain / 2;
// A rect with more colours than this does not throw away a full session palette: text would pay for photos.
constexpr std::size_t kWorthReset = 128;

void put_rect(Writer& to, const Rect& rect) {
  for (int v : {rect.x, rect.y, rect.w, rect.h}) to.u16(static_cast<std::uint16_t>(v));
}

void put_colour(Writer& to, std::uint32_t colour) {
  to.u8(static_cast<std::uint8_t>(colour)).u8(static_cast<std::uint8_t>(colour >> 8));
  to.u8(static_cast<std::uint8_t>(colour >> 16));
}

void put_bgr(Writer& to, const FrameView& frame, const Rect& rect) {
  to.u8(wire::bgr);
  put_rect(to, rect);
  const std::size_t start = to.size();
  to.zeros(std::size_t(rect.area()) * 3);
  std::uint8_t* out = to.buffer().data() + start;
  for (int y = rect.y; y < rect.bottom(); ++y) {
    const std::uint32_t* row = frame.at(rect.x, y);
    for (int x = 0; x < rect.w; ++x, out += 3) {
      out[0] = static_cast<std::uint8_t>(row[x]);
      out[1] = static_cast<std::uint8_t>(row[x] >> 8);
      out[2] = static_cast<std::uint8_t>(row[x] >> 16);
    }
  }
}

/// Writes rects as operations. Its palette mirrors the one of the viewer's decoder.
class RectCoder {
 public:
  void reset() { session_.clear(); }

  void put(Writer& to, const FrameView& frame, const Rect& rect) {
    if (!index_colours(frame, rect, indexed_)) return put_bgr(to, frame, rect);
    if (indexed_.palette.size() == 1) return put_solid(to, rect, indexed_.palette.colour(0));
    if (!make_room(to)) return put_bgr(to, frame, rect);
    put_indexed(to, rect);
  }

 private:
  static void put_solid(Writer& to, const Rect& rect, std::uint32_t colour) {
    to.u8(wire::solid);
    put_rect(to, rect);
    put_colour(to, colour);
  }

  /// True when all colours of the rect have, or can get, a number in the session palette.
  bool make_room(Writer& to) {
    const Palette& own = indexed_.palette;
    std::size_t unknown = 0;
    for (std::size_t i = 0; i < own.size(); ++i) unknown += !session_.has(own.colour(i));
    if (session_.size() + unknown <= wire::kPaletteSize) return true;
    if (own.size() > kWorthReset) return false;
    session_.clear();
    to.u8(wire::palette_reset);
    return true;
  }

  void put_indexed(Writer& to, const Rect& rect) {
    const std::size_t known = session_.size();
    std::uint8_t session_index[wire::kPaletteSize];
    for (std::size_t i = 0; i < indexed_.palette.size(); ++i)
      session_index[i] = *session_.find_or_add(indexed_.palette.colour(i));

    to.u8(wire::palette);
    put_rect(to, rect);
    to.u16(static_cast<std::uint16_t>(session_.size() - known));
    for (std::size_t i = known; i < session_.size(); ++i) put_colour(to, session_.colour(i));
    for (std::uint8_t& index : indexed_.indices) index = session_index[index];
    to.bytes(indexed_.indices);
  }

  Palette session_;
  IndexedRect indexed_;  // kept for its memory
};

/// The rects cut into strips, top to bottom.
std::vector<Rect> strips_of(const std::vector<Rect>& rects) {
  std::vector<Rect> strips;
  for (const Rect& rect : rects) {
    const int rows = std::max(1, kStripPixels / rect.w);
    for (int y = rect.y; y < rect.bottom(); y += rows)
      strips.push_back({rect.x, y, rect.w, std::min(rows, rect.bottom() - y)});
  }
  return strips;
}

void copy_pixels(const FrameView& from, const Rect& rect, Frame& to) {
  for (int y = rect.y; y < rect.bottom(); ++y) std::copy_n(from.at(rect.x, y), rect.w, to.at(rect.x, y));
}

}  // namespace

class ScreenEncoder::State {
 public:
  Update encode(const FrameView& frame, const Region& damage, std::size_t budget) {
    Update update;
    if (frame.empty()) return update;
    update.key = begin_epoch_ || frame.width != shadow_.width() || frame.height != shadow_.height();
    if (update.key) begin_epoch(frame);
    pending_.add(damage);
    pending_.clip(frame.bounds());

    const auto strips = strips_of(changed_rects(frame, shadow_.view(), pending_));
    pending_.clear();
    // A viewer that was promised more is told when there is none after all.
    if (strips.empty() && !update.key && !promised_more_) return update;
    put(frame, strips, budget, update);
    return update;
  }

  bool pending() const { return !pending_.empty(); }
  void restart() { begin_epoch_ = true; }

 private:
  void begin_epoch(const FrameView& frame) {
    begin_epoch_ = false;
    shadow_ = Frame(frame.width, frame.height);
    stream_.reset();
    coder_.reset();
    pending_ = frame.bounds();
  }

  void put(const FrameView& frame, const std::vector<Rect>& strips, std::size_t budget, Update& update) {
    Writer header;
    header.u8(0);
    if (update.key)
      header.u16(static_cast<std::uint16_t>(frame.width)).u16(static_cast<std::uint16_t>(frame.height));
    update.bytes = header.take();

    std::size_t plain_size = 0, done = 0;
    for (; done < strips.size() && plain_size < kPlainBudget && update.bytes.size() < budget; ++done) {
      plain_.buffer().clear();
      coder_.put(plain_, frame, strips[done]);
      copy_pixels(frame, strips[done], shadow_);
      plain_size += plain_.size();
      stream_.write(plain_.buffer(), update.bytes);
    }
    stream_.flush(update.bytes);

    for (; done < strips.size(); ++done) pending_.add(strips[done]);
    update.more = promised_more_ = pending();
    update.bytes[0] =
        static_cast<std::uint8_t>((update.key ? wire::kKey : 0) | (update.more ? wire::kMore : 0));
  }

  Frame shadow_;    // what the viewer's canvas holds
  Region pending_;  // where frame and shadow may differ
  RectCoder coder_;
  ZstdCompressor stream_;
  Writer plain_;
  bool begin_epoch_ = true;
  bool promised_more_ = false;
};

ScreenEncoder::ScreenEncoder() : state_(std::make_unique<State>()) {}
ScreenEncoder::~ScreenEncoder() = default;

Update ScreenEncoder::encode(const FrameView& frame, const Region& damage, std::size_t budget) {
  return state_->encode(frame, damage, budget);
}
bool ScreenEncoder::pending() const { return state_->pending(); }
void ScreenEncoder::restart() { state_->restart(); }

}  // namespace godesk::media
