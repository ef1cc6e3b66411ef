#include "media/encoder.h"

#include <algorithm>

#include "media/coarse_choice.h"
#include "media/copy_plan.h"
#include "media/rect_coder.h"
#include "media/screen_wire.h"
#include "media/strips.h"
#include "media/tile_diff.h"
#include "media/tile_set.h"
#include "media/video.h"
#include "media/video_choice.h"
#include "media/zstd_stream.h"

namespace godesk::media {
namespace {

// A strip is coded as a whole: small enough that a byte budget is kept and that text beside a photo gets its
// palette, large enough that its header is nothing.
constexpr std::size_t kStripPixels = 32768, kMinStripPixels = 4096;
// Half below the decoder's bound, so that no strip (16384 pixels wide, BGR) can push an update over it.
constexpr std::size_t kPlainBudget = wire::kMaxPlain / 2;

/// A photograph's pixel takes about two bytes: on a slow link a strip must not be a second long.
int strip_pixels(const Allowance& allowance) {
  return static_cast<int>(std::clamp(allowance.bytes / 4, kMinStripPixels, kStripPixels));
}

}  // namespace

class ScreenEncoder::State {
 public:
  Update encode(Time now, const FrameView& frame, const Region& damage, const Allowance& allowance) {
    Update update;
    if (frame.empty()) return update;
    update.key = begin_epoch_ || frame.width != shadow_.width() || frame.height != shadow_.height();
    if (update.key) begin_epoch(frame);
    pending_.add(damage);
    pending_.clip(frame.bounds());

    const auto damaged = split(pending_.rects(), video_rect());
    const bool film_changed = !damaged.inside.empty() && video_->take(frame);
    const auto film = film_changed ? damaged.inside : std::vector<Rect>();
    const auto changed = split(differing(frame, damaged.outside), video_rect()).outside;
    pending_.clear();
    // A viewer that was promised more is told when there is none after all.
    if (changed.empty() && film.empty() && !update.key && !promised_more_ && now < deadline()) return update;

    CopyPlan plan = copies_.plan(frame, shadow_.view(), changed, lossy_);
    begin(frame, update);
    if (!update.key) note_changes(now, frame, damage, film, plan);
    if (watch_video(now, frame, plan, film, allowance)) put_video(now, frame, update);
    write(update.bytes);
    put_copies(plan.copies, update.bytes);
    update.still = !plan.rest.empty() || !plan.copies.empty();
    const auto room = frame.bounds().area() - plan.copied_area() - area_of(plan.rest);
    const auto left = put_pixels(frame, stacked(plan.rest, room), allowance, update.bytes);
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
    const auto coarse_rects = coarse_.rects(video_rect());
    const auto pieces =
        tiles_of(coarse_rects.empty() ? lossy_.rects(video_rect()) : coarse_rects, strip_pixels(allowance));
    const bool slow =
        !coarse_rects.empty() && double(area_of(pieces)) * kPhotoBytes > double(allowance.exact);
    const auto photos = slow ? RectCoder::Photos::jpeg : RectCoder::Photos::exact;
    for (std::size_t i = 0; i < pieces.size() && fits(update.bytes, allowance); ++i)
      put_strip(frame, pieces[i], photos, update.bytes);
    end(update);
    return update;
  }

  bool pending() const { return !pending_.empty(); }
  bool coarse() const { return !begin_epoch_ && refinable_; }
  Time deadline() const { return video_ ? film_changed_ + VideoChoice::kPause : kNever; }
  void restart() { begin_epoch_ = true; }
  void set_codecs(MoreCodecs more) { codecs_ = more; }

 private:
  static constexpr double kPhotoBytes = 1.5;  // about what an exact pixel of a photograph takes

  void begin_epoch(const FrameView& frame) {
    begin_epoch_ = false;
    shadow_ = Frame(frame.width, frame.height);
    lossy_ = coarse_ = TileSet(frame.width, frame.height);
    choice_ = VideoChoice(frame.width, frame.height);
    video_.reset();
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
    before_pixels_ = update.bytes.size();
  }

  void end(Update& update) {
    stream_.flush(update.bytes);
    update.more = promised_more_ = pending();
    update.bytes[0] |=
        static_cast<std::uint8_t>((update.key ? wire::kKey : 0) | (update.more ? wire::kMore : 0));
    // What the video covers has no pixels of its own, whatever else was painted there.
    if (video_) lossy_.mark(video_rect_);
    refinable_ = !lossy_.empty() && !lossy_.rects(video_rect()).empty();
  }

  bool fits(const Buffer& out, const Allowance& allowance) const {
    return plain_size_ < kPlainBudget && out.size() - before_pixels_ < allowance.bytes;
  }

  Rect video_rect() const { return video_ ? video_rect_ : Rect{}; }

  /// What of `rects` is not as the shadow has it.
  std::vector<Rect> differing(const FrameView& frame, const std::vector<Rect>& rects) const {
    Region region;
    for (const Rect& rect : rects) region.add(rect);
    return changed_rects(frame, shadow_.view(), region);
  }

  std::vector<Rect> differing_film(const FrameView& frame, const std::vector<Rect>& inside) const {
    return split(differing(frame, inside), video_rect_).inside;
  }

  /// What is only now sent of earlier damage did not change again.
  void note_changes(Time now, const FrameView& frame, const Region& damage, const std::vector<Rect>& inside,
                    const CopyPlan& plan) {
    std::vector<Rect> fresh;
    for (const auto* rects : {&inside, &plan.rest})
      for (const Rect& rect : *rects)
        for (const Rect& damaged : damage.rects())
          if (const Rect part = intersect(rect, damaged); !part.empty()) fresh.push_back(part);
    choice_.note(now, frame, fresh, plan.copied_area(), video_rect());
  }

  /// Opens, moves or closes the video rectangle, and takes it out of the plan. True when a frame is due.
  bool watch_video(Time now, const FrameView& frame, CopyPlan& plan, const std::vector<Rect>& inside,
                   const Allowance& allowance) {
    if (!inside.empty()) film_changed_ = now;

    auto wanted = choice_.video();
    const bool grown = video_ && wanted && !video_rect_.contains(*wanted) && now >= opened_ + kStay;
    if (grown || now >= deadline() || merely_moves(frame, inside)) {
      if (!grown) choice_ = VideoChoice(frame.width, frame.height), wanted.reset();
      const auto late = differing_film(frame, inside);
      close_video(frame);
      plan.rest.insert(plan.rest.end(), late.begin(), late.end());
    }
    if (!video_ && wanted) open_video(now, frame, *wanted, allowance);
    if (!video_) return false;
    plan.rest = split(plan.rest, video_rect_).outside;
    video_->set_rate(video_rate(video_rect_, allowance));
    return !inside.empty() || opened_ == now;
  }

  /// Now and then a video is doubted, the longer it lasts the more seldom: what was taken for one while its
  /// pixels were still on their way may be a window that is dragged, or a page.
  bool merely_moves(const FrameView& frame, const std::vector<Rect>& inside) {
    if (!video_ || inside.empty() || ++film_pictures_ < doubted_at_) return false;
    doubted_at_ = film_pictures_ + std::min(film_pictures_, kTrusted);
    const auto changed = differing_film(frame, inside);
    const CopyPlan plan =
        CopyPlanner().plan(frame, shadow_.view(), changed, TileSet(frame.width, frame.height));
    return plan.copied_area() * 2 > area_of(changed);
  }

  static BitsPerSecond video_rate(const Rect& rect, const Allowance& allowance) {
    const BitsPerSecond enough = enough_for(rect);
    return allowance.rate.n == 0 ? enough : std::min(allowance.rate, enough);
  }

  void open_video(Time now, const FrameView& frame, const Rect& rect, const Allowance& allowance) {
    const Coding coding = coding_for(rect, chroma_of(frame, rect), codecs_);
    video_ = make_video_encoder(rect, coding, video_rate(rect, allowance));
    if (!video_) return;
    video_->take(frame);
    video_rect_ = rect;
    opened_ = film_changed_ = now;
    film_pictures_ = 0;
    doubted_at_ = kDoubted;
    coder_.put_video_open(plain_, rect, coding);
  }

  void close_video(const FrameView& frame) {
    copy_pixels(frame, video_rect_, shadow_);
    lossy_.mark(video_rect_);
    video_.reset();
    coder_.put_video_close(plain_);
  }

  /// Nobody looks at the shadow of a video before it closes, but for the next picture's doubt: most are
  /// spared the copy.
  void put_video(Time now, const FrameView& frame, Update& update) {
    const Buffer coded = video_->encode(now);
    if (coded.empty()) return close_video(frame);
    if (film_pictures_ + 1 >= doubted_at_) copy_pixels(frame, video_rect_, shadow_);
    update.bytes[0] |= wire::kVideo;
    append(update.bytes, Writer().u32(static_cast<std::uint32_t>(coded.size())).bytes(coded).take());
    before_pixels_ = update.bytes.size();
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
    const auto strips = strips_of(frame, rects, strip_pixels(allowance));
    Progress so_far{0, 0, area_of(strips)};
    // Where bytes are dear they must be known, not held back; each time costs some. What is small fits
    // anyway.
    const auto most = static_cast<std::size_t>(so_far.pixels_left) * 4;
    const bool counts = allowance.exact < kCountExactly && allowance.exact / 4 < most;
    std::size_t done = 0;
    for (; done < strips.size() && fits(out, allowance); ++done) {
      put_strip(frame, strips[done], RectCoder::Photos::exact, out);
      if (counts) stream_.flush(out);
      so_far.bytes = out.size() - before_pixels_;
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
    return put_pixels(frame, small, {allowance.bytes, kNoBudget, allowance.rate}, out);
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
  static constexpr int kDoubted = 8;     // a film's first doubted picture
  static constexpr int kTrusted = 64;    // pictures between two doubts, at most
  static constexpr Duration kStay = 1s;  // a video rectangle is not moved before

  Frame shadow_;    // what the viewer's canvas holds, or shall hold where it is lossy; old in a video
  TileSet lossy_;   // where the canvas holds an approximation
  TileSet coarse_;  // where it is a bad one; part of lossy_
  Region pending_;  // where frame and shadow may differ
  bool refinable_ = false;
  VideoChoice choice_;
  MoreCodecs codecs_ = 0;
  std::unique_ptr<VideoEncoder> video_;  // while there is a video rectangle
  Rect video_rect_;
  Time opened_{}, film_changed_{};
  int film_pictures_ = 0, doubted_at_ = kDoubted;
  CopyPlanner copies_;
  RectCoder coder_;
  ZstdCompressor stream_;
  Writer plain_;
  std::size_t plain_size_ = 0;     // of the update, before compression
  std::size_t before_pixels_ = 0;  // bytes of the update that no allowance is for: header and video
  bool begin_epoch_ = true;
  bool promised_more_ = false;
};

ScreenEncoder::ScreenEncoder() : state_(std::make_unique<State>()) {}
ScreenEncoder::~ScreenEncoder() = default;

Update ScreenEncoder::encode(Time now, const FrameView& frame, const Region& damage,
                             const Allowance& allowance) {
  return state_->encode(now, frame, damage, allowance);
}
Time ScreenEncoder::deadline() const { return state_->deadline(); }
Update ScreenEncoder::refine(const FrameView& frame, const Allowance& allowance) {
  return state_->refine(frame, allowance);
}
bool ScreenEncoder::pending() const { return state_->pending(); }
bool ScreenEncoder::coarse() const { return state_->coarse(); }
void ScreenEncoder::restart() { state_->restart(); }
void ScreenEncoder::set_codecs(MoreCodecs more) { state_->set_codecs(more); }

}  // namespace godesk::media
