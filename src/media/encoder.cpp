#include "media/encoder.h"

#include <algorithm>

#include "media/coarse_choice.h"
#include "media/copy_plan.h"
#include "media/rect_coder.h"
#include "media/screen_wire.h"
#include "media/tile_diff.h"
#include "media/zstd_stream.h"

namespace godesk::media {
namespace {

// A strip is coded as a whole: small enough that a byte budget is kept and that text beside a photo gets its
// palette, large enough that its header is nothing.
constexpr std::size_t kStripPixels = 32768, kMinStripPixels = 4096;
// Half below the decoder's bound, so that no strip (16384 pixels wide, BGR) can push an update over it.
constexpr std::size_t kPlainBudget = wire::kMaxPlain / 2;

/// The rects cut into strips, top to bottom. A photograph's pixel takes about two bytes: on a slow link a
/// strip must not be a second long.
std::vector<Rect> strips_of(const std::vector<Rect>& rects, const Allowance& allowance) {
  const auto pixels = static_cast<int>(std::clamp(allowance.bytes / 4, kMinStripPixels, kStripPixels));
  std::vector<Rect> strips;
  for (const Rect& rect : rects) {
    const int rows = std::max(1, pixels / rect.w);
    for (int y = rect.y; y < rect.bottom(); y += rows)
      strips.push_back({rect.x, y, rect.w, std::min(rows, rect.bottom() - y)});
  }
  return strips;
}

/// Rows of whole tiles cut into pieces of whole tiles.
std::vector<Rect> tiles_of(const std::vector<Rect>& rows, const Allowance& allowance) {
  const auto pixels = static_cast<int>(std::clamp(allowance.bytes / 4, kMinStripPixels, kStripPixels));
  const int width = pixels / (kTileWidth * kTileHeight) * kTileWidth;
  std::vector<Rect> pieces;
  for (const Rect& row : rows)
    for (int x = row.x; x < row.right(); x += width)
      pieces.push_back({x, row.y, std::min(width, row.right() - x), row.h});
  return pieces;
}

/// Strips that follow each other in one rect, as one again.
std::vector<Rect> joined(const std::vector<Rect>& strips, std::size_t from) {
  std::vector<Rect> rects;
  for (; from < strips.size(); ++from) {
    const Rect& strip = strips[from];
    if (!rects.empty() && rects.back().x == strip.x && rects.back().w == strip.w &&
        rects.back().bottom() == strip.y)
      rects.back().h += strip.h;
    else
      rects.push_back(strip);
  }
  return rects;
}

std::int64_t area_of(const std::vector<Rect>& rects) {
  std::int64_t area = 0;
  for (const Rect& rect : rects) area += rect.area();
  return area;
}

}  // namespace

class ScreenEncoder::State {
 public:
  Update encode(const FrameView& frame, const Region& damage, const Allowance& allowance) {
    Update update;
    if (frame.empty()) return update;
    update.key = begin_epoch_ || frame.width != shadow_.width() || frame.height != shadow_.height();
    if (update.key) begin_epoch(frame);
    pending_.add(damage);
    pending_.clip(frame.bounds());

    const auto changed = changed_rects(frame, shadow_.view(), pending_);
    pending_.clear();
    // A viewer that was promised more is told when there is none after all.
    if (changed.empty() && !update.key && !promised_more_) return update;

    const CopyPlan plan = copies_.plan(frame, shadow_.view(), changed, lossy_);
    begin(frame, update);
    put_copies(plan.copies, update.bytes);
    const auto left = put_pixels(frame, plan.rest, allowance, update.bytes);
    for (const Rect& rect : left) pending_.add(rect);
    end(update);
    return update;
  }

  Update refine(const FrameView& frame, const Allowance& allowance) {
    Update update;
    if (!coarse() || frame.width != shadow_.width() || frame.height != shadow_.height()) return update;
    begin(frame, update);
    // What is seen only coarsely comes before what is merely not exact, and photographs are then not exact
    // yet where that would take long.
    const TileSet& worst = coarse_.empty() ? lossy_ : coarse_;
    const auto pieces = tiles_of(worst.rects(), allowance);
    const bool slow = !coarse_.empty() && double(area_of(pieces)) * kPhotoBytes > double(allowance.exact);
    const auto photos = slow ? RectCoder::Photos::jpeg : RectCoder::Photos::exact;
    for (std::size_t i = 0; i < pieces.size() && fits(update.bytes, allowance); ++i)
      put_strip(frame, pieces[i], photos, update.bytes);
    end(update);
    return update;
  }

  bool pending() const { return !pending_.empty(); }
  bool coarse() const { return !begin_epoch_ && !lossy_.empty(); }
  void restart() { begin_epoch_ = true; }

 private:
  static constexpr double kPhotoBytes = 1.5;  // about what an exact pixel of a photograph takes

  void begin_epoch(const FrameView& frame) {
    begin_epoch_ = false;
    shadow_ = Frame(frame.width, frame.height);
    lossy_ = coarse_ = TileSet(frame.width, frame.height);
    stream_.reset();
    coder_.reset();
    pending_ = frame.bounds();
  }

  void begin(const FrameView& frame, Update& update) {
    Writer header;
    header.u8(0);
    if (update.key)
      header.u16(static_cast<std::uint16_t>(frame.width)).u16(static_cast<std::uint16_t>(frame.height));
    update.bytes = header.take();
    plain_size_ = 0;
  }

  void end(Update& update) {
    stream_.flush(update.bytes);
    update.more = promised_more_ = pending();
    update.bytes[0] =
        static_cast<std::uint8_t>((update.key ? wire::kKey : 0) | (update.more ? wire::kMore : 0));
  }

  bool fits(const Buffer& out, const Allowance& allowance) const {
    return plain_size_ < kPlainBudget && out.size() < allowance.bytes;
  }

  void put_copies(const std::vector<Copy>& copies, Buffer& out) {
    for (const Copy& copy : copies) {
      coder_.put_copy(plain_, copy.to, copy.from);
      move_pixels(shadow_, copy.to, copy.from);
      mark(copy.to, true);
    }
    write(out);
  }

  /// Returns what found no room.
  std::vector<Rect> put_pixels(const FrameView& frame, const std::vector<Rect>& rects,
                               const Allowance& allowance, Buffer& out) {
    const auto strips = strips_of(rects, allowance);
    Progress so_far{0, 0, area_of(strips)};
    std::size_t done = 0;
    for (; done < strips.size() && fits(out, allowance); ++done) {
      put_strip(frame, strips[done], RectCoder::Photos::exact, out);
      // Where bytes are dear they must be known, not held back.
      if (allowance.exact < kCountExactly) stream_.flush(out);
      so_far.bytes = out.size();
      so_far.pixels_done += strips[done].area();
      so_far.pixels_left -= strips[done].area();
      if (coarse_first(so_far, allowance.exact))
        return put_coarse(frame, joined(strips, done + 1), allowance, out);
    }
    return joined(strips, done);
  }

  std::vector<Rect> put_coarse(const FrameView& frame, const std::vector<Rect>& rects,
                               const Allowance& allowance, Buffer& out) {
    std::vector<Rect> small;
    for (const Rect& rect : rects) {
      if (rect.area() < kWorthCoarse || rect.w < wire::kCoarseScale || rect.h < wire::kCoarseScale) {
        small.push_back(rect);
        continue;
      }
      for (const Rect& piece : jpeg_pieces(rect)) {
        coder_.put_coarse(plain_, frame, piece);
        copy_pixels(frame, piece, shadow_);
        mark(piece, false);
        coarse_.mark(piece);
        write(out);
      }
    }
    const auto strips = strips_of(small, allowance);
    std::size_t done = 0;
    for (; done < strips.size() && fits(out, allowance); ++done)
      put_strip(frame, strips[done], RectCoder::Photos::exact, out);
    return joined(strips, done);
  }

  static std::vector<Rect> jpeg_pieces(const Rect& rect) {
    const int rows = static_cast<int>(kMaxJpegPixels / (rect.w / wire::kCoarseScale + 1)) - 1;
    std::vector<Rect> pieces;
    for (int y = rect.y; y < rect.bottom(); y += rows)
      pieces.push_back({rect.x, y, rect.w, std::min(rows, rect.bottom() - y)});
    return pieces;
  }

  void put_strip(const FrameView& frame, const Rect& strip, RectCoder::Photos photos, Buffer& out) {
    const bool exact = coder_.put(plain_, frame, strip, photos);
    copy_pixels(frame, strip, shadow_);
    mark(strip, exact);
    coarse_.clear(strip);
    write(out);
  }

  /// The viewer has these pixels now, or something like them.
  void mark(const Rect& rect, bool exact) {
    if (!exact) return lossy_.mark(rect);
    lossy_.clear(rect);
    coarse_.clear(rect);
  }

  void write(Buffer& out) {
    plain_size_ += plain_.size();
    stream_.write(plain_.buffer(), out);
    plain_.buffer().clear();
  }

  static constexpr std::size_t kCountExactly = std::size_t{1} << 20;

  Frame shadow_;    // what the viewer's canvas holds, or shall hold where it is lossy
  TileSet lossy_;   // where the canvas holds an approximation
  TileSet coarse_;  // where it is a bad one; part of lossy_
  Region pending_;  // where frame and shadow may differ
  CopyPlanner copies_;
  RectCoder coder_;
  ZstdCompressor stream_;
  Writer plain_;
  std::size_t plain_size_ = 0;  // of the update, before compression
  bool begin_epoch_ = true;
  bool promised_more_ = false;
};

ScreenEncoder::ScreenEncoder() : state_(std::make_unique<State>()) {}
ScreenEncoder::~ScreenEncoder() = default;

Update ScreenEncoder::encode(const FrameView& frame, const Region& damage, const Allowance& allowance) {
  return state_->encode(frame, damage, allowance);
}
Update ScreenEncoder::refine(const FrameView& frame, const Allowance& allowance) {
  return state_->refine(frame, allowance);
}
bool ScreenEncoder::pending() const { return state_->pending(); }
bool ScreenEncoder::coarse() const { return state_->coarse(); }
void ScreenEncoder::restart() { state_->restart(); }

}  // namespace godesk::media
