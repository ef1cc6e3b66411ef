#include "media/encoder.h"

#include <algorithm>

#include "media/copy_plan.h"
#include "media/rect_coder.h"
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

    const auto changed = changed_rects(frame, shadow_.view(), pending_);
    pending_.clear();
    // A viewer that was promised more is told when there is none after all.
    if (changed.empty() && !update.key && !promised_more_) return update;
    put(frame, copies_.plan(frame, shadow_.view(), changed, lossy_), budget, update);
    return update;
  }

  bool pending() const { return !pending_.empty(); }
  void restart() { begin_epoch_ = true; }

 private:
  void begin_epoch(const FrameView& frame) {
    begin_epoch_ = false;
    shadow_ = Frame(frame.width, frame.height);
    lossy_ = TileSet(frame.width, frame.height);
    stream_.reset();
    coder_.reset();
    pending_ = frame.bounds();
  }

  void put(const FrameView& frame, const CopyPlan& plan, std::size_t budget, Update& update) {
    Writer header;
    header.u8(0);
    if (update.key)
      header.u16(static_cast<std::uint16_t>(frame.width)).u16(static_cast<std::uint16_t>(frame.height));
    update.bytes = header.take();

    put_copies(plan.copies, update.bytes);
    const auto strips = strips_of(plan.rest);
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

  void put_copies(const std::vector<Copy>& copies, Buffer& out) {
    plain_.buffer().clear();
    for (const Copy& copy : copies) {
      coder_.put_copy(plain_, copy.to, copy.from);
      move_pixels(shadow_, copy.to, copy.from);
    }
    stream_.write(plain_.buffer(), out);
  }

  Frame shadow_;    // what the viewer's canvas holds
  TileSet lossy_;   // where it holds an approximation of that
  Region pending_;  // where frame and shadow may differ
  CopyPlanner copies_;
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
