// One direction of an access link: delay, rate, loss and a bounded queue. A datagram either gets an arrival
// time or is lost.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"
#include "base/units.h"
#include "sim/seeded_random.h"

namespace godesk::sim {

struct LinkConfig {
  Duration delay = 10ms;    // one way
  Duration jitter = 0ms;    // uniform extra delay in [0, jitter); datagrams may overtake each other
  BitsPerSecond rate{};     // 0: no limit
  double loss = 0;          // 0..1, each datagram on its own
  Duration queue = 100ms;   // what waits longer for the rate is dropped
  std::size_t mtu = 65535;  // what is longer vanishes
};

class LinkModel {
 public:
  explicit LinkModel(LinkConfig config = {}) : config_(config) {}

  const LinkConfig& config() const { return config_; }
  void set(LinkConfig config) { config_ = config; }

  /// When `size` bytes handed over now arrive; nothing when they are lost.
  std::optional<Time> carry(Time now, std::size_t size, SeededRandom& random) {
    if (size > config_.mtu) return std::nullopt;
    if (config_.loss > 0 && random.unit() < config_.loss) return std::nullopt;
    Time start = std::max(now, busy_until_);
    if (start - now > config_.queue) return std::nullopt;
    busy_until_ = start + serialisation(size);
    Duration extra{};
    if (config_.jitter > 0ns)
      extra =
          Duration{static_cast<Duration::rep>(static_cast<double>(config_.jitter.count()) * random.unit())};
    return busy_until_ + config_.delay + extra;
  }

  Duration serialisation(std::size_t size) const {
    if (config_.rate.n <= 0) return {};
    return Duration{
        static_cast<Duration::rep>(static_cast<double>(size) * 8e9 / static_cast<double>(config_.rate.n))};
  }

 private:
  LinkConfig config_;
  Time busy_until_{};
};

}  // namespace godesk::sim
