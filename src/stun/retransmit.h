// When to send a request again over UDP (RFC 8489 6.2.1): after RTO, doubling, seven times in all, and one
// last wait of 16 RTO.
#pragma once

#include "base/time.h"

namespace godesk::stun {

class Retransmit {
 public:
  struct Config {
    Duration rto = 500ms;
    int sends = 7;       // Rc
    int last_wait = 16;  // Rm, in RTOs
  };

  Retransmit() = default;
  /// The first send is due at once.
  Retransmit(Config config, Time now) : config_(config), next_(now), running_(true) {}

  /// True when a copy must be sent now; the next one is then scheduled.
  bool due(Time now) {
    if (!running_ || now < next_ || sent_ >= config_.sends) return false;
    const bool last = ++sent_ == config_.sends;
    last_sent_ = now;
    next_ = now + config_.rto * (last ? config_.last_wait : 1 << (sent_ - 1));
    return true;
  }
  /// Every copy was sent and the last wait is over.
  bool expired(Time now) const { return running_ && sent_ >= config_.sends && now >= next_; }
  void stop() { running_ = false; }

  Time next_deadline() const { return running_ ? next_ : kNever; }
  Time last_sent() const { return last_sent_; }
  int sent() const { return sent_; }

 private:
  Config config_;
  Time next_{};
  Time last_sent_{};
  int sent_ = 0;
  bool running_ = false;
};

}  // namespace godesk::stun
