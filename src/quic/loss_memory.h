// Whether packets got lost lately: where they do, a packet that nothing follows is worth sending twice. That
// it is lost is found out only by a timeout, where others are missed as soon as a later one is acknowledged.
//
// It counts packets and no time: what was learned of a link holds while the link is silent.
#pragma once

#include <cstdint>

namespace godesk::quic {

class LossMemory {
 public:
  /// Where one in twenty is lost, both copies of a packet are lost once in 400: the next loss is noticed in
  /// time.
  static constexpr std::uint64_t kPackets = 1000;

  /// Ever, of both.
  void sample(std::uint64_t sent, std::uint64_t lost) {
    if (lost > lost_) on_late(sent);
    lost_ = lost;
  }
  /// The last of `sent` was not acknowledged in time.
  void on_late(std::uint64_t sent) { until_ = sent + kPackets; }
  bool lately(std::uint64_t sent) const { return sent < until_; }
  /// A new path: nothing is known of it.
  void restart() { until_ = 0; }

 private:
  std::uint64_t lost_ = 0, until_ = 0;
};

}  // namespace godesk::quic
