// Whether a path that works for small packets also carries what is sent at this moment: asked before the
// session moves there.
//
//   1. start(): padded checks, spread over one RTT, of as many bytes as the session sends in one RTT; none
//      when that is next to nothing.
//   2. due() says how many leave now; answered() counts; verdict() is there when all answers came, or when
//      the last one is overdue.
//
// A few lost packets of a few are chance: only loss beyond it, two standard deviations of the count, counts.
// Only for validated pairs (SECURITY 6): what it sends is at most what the session sends there anyway.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "base/units.h"

namespace godesk::link {

class LoadTrial {
 public:
  struct Config {
    std::size_t bytes = 1200;  // of a padded check
    std::size_t light = 4;     // fewer than these checks: the ones that made the path valid show enough
    std::size_t least = 8, most = 64;
    Duration shortest = 20ms, longest = 500ms;
    Duration patience = 50ms;  // beyond RTT and jitter, for the last answer
    double loss = 0.02;        // what is borne, or what the present path loses, if that is more
  };
  enum class Verdict {
    open,
    good,
    bad,
  };

  LoadTrial() = default;
  explicit LoadTrial(Config config) : config_(config) {}

  /// `rate`: what the session sends now; `borne`: what the present path loses.
  void start(Time now, Duration rtt, Duration jitter, BitsPerSecond rate, double borne);
  /// Checks that are to leave by now; they count as sent.
  std::size_t due(Time now);
  void answered() { ++answered_; }
  Verdict verdict(Time now) const;
  std::size_t bytes() const { return config_.bytes; }
  Time next_deadline() const;

 private:
  Time leaves_at(std::size_t n) const;

  Config config_;
  Time started_{};
  Duration lasts_{}, wait_{};
  std::size_t planned_ = 0, sent_ = 0, answered_ = 0;
  double borne_ = 0;
};

}  // namespace godesk::link
