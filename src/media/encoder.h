// The host's half of the screen coder: lossless, one per viewer.
//
// How a change becomes an update:
//   1. The damage is cut into 64x16 tiles; each is compared with the shadow (what this
//      viewer's canvas holds).
//   2. Changed tiles that touch in a row, and equal runs in rows below, merge into rects; each is trimmed to
//      the pixels that really differ.
//   3. What is on the canvas elsewhere (a page scrolled, a window was dragged) becomes copies
//      (media/copy_plan.h).
//   4. A rect of one colour is `solid`; one of few colours is indices into the session
//      palette; a photograph is what neighbours do not foretell (media/photo.h); others are BGR.
//   5. All goes through one zstd stream that lives as long as the epoch, flushed after each update: a glyph
//      that was drawn before costs a few bytes.
// A part that behaves like video (media/video_choice.h) becomes the video rectangle: it travels as frames
// of VP9 or H.264 of its own size, and its changes are left out of 1 to 5: a picture that differs from the
// last one in what the codec is given is the next frame. Without a change for a moment it is closed, and
// refined like all that is not exact.
//
// What would take the link too long (Allowance::exact) is shown coarsely first: one small JPEG, enlarged by
// the viewer. refine() then brings the pixels themselves, in slices, photographs by way of a good JPEG.
// Places of which the viewer has an approximation are marked and never copied from.
//
// It never drops a change: what does not fit an update stays pending and comes with the next, in its newest
// state. It never knows the link or other viewers, and the time only as an argument.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>

#include "base/bytes.h"
#include "base/time.h"
#include "base/units.h"
#include "media/frame.h"
#include "media/video.h"

namespace godesk::media {

/// One message for the viewer's ScreenDecoder, in order and complete. Empty when nothing changed.
struct Update {
  Buffer bytes;
  bool key = false;    // begins a new epoch
  bool still = false;  // something changed that is not video
  bool more = false;   // pixels are still pending: encode again to bring the viewer up to this frame

  bool empty() const { return bytes.empty(); }
};

inline constexpr std::size_t kNoBudget = std::numeric_limits<std::size_t>::max();

/// What one update may cost.
struct Allowance {
  /// Pixels are taken in until so many bytes were produced; the rest stays pending. What zstd still holds
  /// then comes on top: at most what a strip of pixels compresses to.
  std::size_t bytes = kNoBudget;
  /// Pixels that would take much more than this are shown coarsely at first.
  std::size_t exact = kNoBudget;
  /// For video; 0: as much as it can use.
  BitsPerSecond rate{};
};

class Encoder {
 public:
  virtual ~Encoder() = default;

  /// What the viewer must be told to see `frame`. `damage` must cover all that changed since the last call;
  /// damage of frames that were skipped is added up by the caller. The first call, and one with another size
  /// than before, begins an epoch and covers the whole screen whatever `damage` says.
  virtual Update encode(Time now, const FrameView& frame, const Region& damage,
                        const Allowance& allowance = {}) = 0;
  /// True while earlier damage waits for another encode(), which may then be called with empty damage.
  virtual bool pending() const = 0;
  /// When encode() wants to be called even without damage: a video may be over.
  virtual Time deadline() const = 0;

  /// True while the viewer has approximations: refine() when nothing else is to be sent.
  virtual bool coarse() const = 0;
  /// The next slice of exact pixels, from the frame that encode() got last.
  virtual Update refine(const FrameView& frame, const Allowance& allowance = {}) = 0;

  /// The viewer lost its state (it reconnected): the next update begins an epoch.
  virtual void restart() = 0;
};

class ScreenEncoder final : public Encoder {
 public:
  ScreenEncoder();
  ~ScreenEncoder() override;

  Update encode(Time now, const FrameView& frame, const Region& damage,
                const Allowance& allowance = {}) override;
  Time deadline() const override;
  bool pending() const override;
  bool coarse() const override;
  Update refine(const FrameView& frame, const Allowance& allowance = {}) override;
  void restart() override;
  /// What the viewer decodes beside VP9; for the next video that is opened.
  void set_codecs(MoreCodecs more);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace godesk::media
