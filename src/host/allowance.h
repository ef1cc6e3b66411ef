// What one screen update may cost on this link: a pure function of the link's figures.
#pragma once

#include "media/encoder.h"
#include "quic/types.h"

namespace godesk::host {

struct AllowanceConfig {
  Duration worth = 100ms;            // of the link's time, for one update
  std::size_t floor = 16u << 10;     // bytes that are always allowed
  std::size_t ceiling = 256u << 10;  // bytes an update has at most, about
  double video = 0.7;                // of the capacity, the most that video may take
};

/// What the link carries, about. Before it was ever full, all that is known is what it carried and what the
/// congestion controller would let out in a round trip. Nothing while not even a round trip was measured.
BitsPerSecond capacity(const quic::Stats& link);

media::Allowance allowance(const quic::Stats& link, const AllowanceConfig& config = {});

/// A slice of what is refined while other things move.
struct Slice {
  media::Allowance allowance;
  Duration pause{};  // before the next, so that no more than a quarter of the link goes into them
};
Slice slice_in_motion(const quic::Stats& link, const AllowanceConfig& config = {});

}  // namespace godesk::host
