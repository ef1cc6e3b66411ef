// Which part of the screen behaves like video: many neighbouring places that change again and again, have
// many colours and did not merely move. Pure; the caller brings the changes and the time.
//
//   1. Cells of 64x64 pixels have a score: 0.85 of what it was, and 1 if the cell changed in this update (and
//      shows something else than at its last change: what merely waited to be sent is still the same), was
//      not copied, has at least 40 colours, and differs from its left neighbour in two of five pixels (text
//      does not).
//   2. An update of which copies explain more than half says nothing: a page that scrolls is no video. After
//      a pause nothing is known: pictures turned one by one are none either.
//   3. Neighbouring cells above 2.5, if there are at least 8, are a video. Those beside them
//      into which it only reaches are found in the same way, by what changed of them: a film that is not
//      wholly inside the video would have its rim sent exactly, picture by picture, which takes more than all
//      the rest.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "media/frame.h"
#include "media/video.h"

namespace godesk::media {

class VideoChoice {
 public:
  static constexpr int kCell = 64, kMinCells = 8;
  static constexpr std::size_t kColours = 40;
  static constexpr double kKept = 0.85, kHot = 2.5;
  static constexpr Duration kPause = 350ms;  // without a change this long, it is no video (any more)

  VideoChoice() = default;
  VideoChoice(int width, int height);

  /// An update in which `changed` got new pixels and `copied` pixels moved. Cells that changed inside `film`
  /// only are taken for film without looking.
  void note(Time now, const FrameView& frame, const std::vector<Rect>& changed, std::int64_t copied,
            const Rect& film = {});
  /// The largest video as of the last note(), in whole pairs of rows and columns as far as the screen allows.
  std::optional<Rect> video() const;

 private:
  struct Cell {
    double score = 0;           // of changes after which all of it looked like film
    double border = 0;          // of those, and of changes that did so themselves
    std::uint32_t content = 0;  // a fingerprint of what it last showed as a change
    Rect changed;               // what of it changed while it was hot
  };
  Rect cell_rect(std::size_t index) const;
  enum class Look { other, film, partly_film };
  Look look_at(const FrameView& frame, std::size_t index, const Rect& changed);
  std::vector<std::size_t> beside(std::size_t index) const;
  std::vector<std::size_t> neighbours(std::size_t start, std::vector<bool>& seen) const;

  Rect bounds_;
  int columns_ = 0, rows_ = 0;
  std::vector<Cell> cells_;
  Time last_{};
};

/// Full where colour changes from pixel to pixel, as in coloured text and drawings.
Chroma chroma_of(const FrameView& frame, const Rect& rect);

/// What a video of this size may take, at most: more adds no quality one could see.
BitsPerSecond enough_for(const Rect& rect);

}  // namespace godesk::media
