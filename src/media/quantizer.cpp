#include "media/quantizer.h"

#include <algorithm>
#include <cmath>

namespace godesk::media {
namespace {

constexpr double kHalved = 6;  // steps
// A photograph's, with the quantizer that leaves 0.6 bits a pixel.
constexpr double kFirstBits = 0.6, kFirstStep = 26;
constexpr double kFirstTime = 0.125;  // seconds
constexpr double kEasierThanFirst = 0.25;
constexpr double kForgotten = 0.25;  // of a harder past, with each picture
constexpr double kPaidBack = 0.5;    // of what is owed, with each picture
constexpr double kLeast = 0.1;       // of a picture's share, however much is owed

double at_step_zero(double bits, double step) { return bits * std::exp2(step / kHalved); }

}  // namespace

double QuantizerControl::allowed(BitsPerSecond rate, Duration gap) {
  if (pictures_ == 0) return double(rate.n) * kFirstTime;
  const double share = double(rate.n) * std::chrono::duration<double>(gap).count();
  owed_ = std::max(0.0, owed_ - share);
  return std::max(share - owed_ * kPaidBack, share * kLeast);
}

int QuantizerControl::next(BitsPerSecond rate, Duration gap) {
  if (pictures_ == 0) hardness_ = at_step_zero(kFirstBits * double(pixels_), kFirstStep);
  const double wanted = kHalved * std::log2(hardness_ / std::max(allowed(rate, gap), 1.0));
  return step_ = std::clamp(static_cast<int>(std::ceil(wanted)), finest_, kCoarsest);
}

void QuantizerControl::took(std::size_t bytes) {
  const double bits = double(bytes) * 8, hardness = at_step_zero(bits, step_);
  owed_ += bits;
  if (pictures_++ == 0)
    hardness_ = hardness * kEasierThanFirst;
  else
    hardness_ = std::max(hardness, hardness_ + (hardness - hardness_) * kForgotten);
}

}  // namespace godesk::media
