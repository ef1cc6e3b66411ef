// How coarsely the pictures of a video are coded, for a codec whose own rate control would search each
// picture for motion a second time (a quarter of x264's time). Pure: the caller brings rate, time and bytes.
//
//   1. What a picture takes is halved by every 6 steps. From bytes and step follows how hard a
//      picture was; the next is assumed to be as hard, a picture after the first a quarter as hard as that.
//   2. The next picture gets the finest step with which it fits into what the link carries until then, less a
//      part of what earlier ones took too much. The first may take an eighth of a second.
// Never: bits saved for later, as what is sent late is seen late.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "base/units.h"

namespace godesk::media {

class QuantizerControl {
 public:
  static constexpr int kCoarsest = 64;  // beyond H.264's 51 x264 leaves out more and more by itself

  /// `finest` is below kCoarsest; `pixels` are a picture's.
  QuantizerControl(int finest, std::int64_t pixels) : finest_(finest), pixels_(pixels) {}

  /// The step for a picture that comes `gap` after the last one.
  int next(BitsPerSecond rate, Duration gap);
  /// What that picture took.
  void took(std::size_t bytes);

 private:
  double allowed(BitsPerSecond rate, Duration gap);

  const int finest_;
  const std::int64_t pixels_;
  int step_ = 0;
  std::int64_t pictures_ = 0;
  double hardness_ = 0;  // bits at step 0
  double owed_ = 0;      // bits that were taken too much
};

}  // namespace godesk::media
