// The packets that a dying path may have swallowed: sent since the last sign of life less one RTT. As soon as
// the path is doubted they take the other one, all at once; QUIC, which would find out a round trip later
// what was lost, then has nothing to repeat, and drops what it had already.
//
// Bounded: the oldest are kept, because what is ordered waits for them.
#pragma once

#include <deque>

#include "base/bytes.h"
#include "base/queue.h"
#include "base/time.h"

namespace godesk::link {

class Unheard {
 public:
  struct Config {
    std::size_t max_packets = 96;
    std::size_t max_bytes = 128 << 10;
    Duration longest = 2s;  // what is older is of no use to anybody
  };

  Unheard() = default;
  explicit Unheard(Config config) : config_(config) {}

  void sent(Time now, ByteView packet) {
    forget(now - config_.longest);
    if (packets_.size() >= config_.max_packets || bytes_ + packet.size() > config_.max_bytes) return;
    packets_.push_back({now, to_buffer(packet)});
    bytes_ += packet.size();
  }
  /// Sent before `until`: arrived, or too old.
  void forget(Time until) {
    while (!packets_.empty() && packets_.front().at < until) drop_first();
  }
  /// The oldest one, which is then forgotten; nothing when there is none left.
  std::optional<Buffer> take() {
    if (packets_.empty()) return std::nullopt;
    std::optional<Buffer> packet(std::move(packets_.front().bytes));
    bytes_ -= packet->size();
    packets_.pop_front();
    return packet;
  }
  void clear() {
    packets_.clear();
    bytes_ = 0;
  }
  bool empty() const { return packets_.empty(); }

 private:
  struct Packet {
    Time at{};
    Buffer bytes;
  };
  void drop_first() {
    bytes_ -= packets_.front().bytes.size();
    packets_.pop_front();
  }

  Config config_;
  std::deque<Packet> packets_;
  std::size_t bytes_ = 0;
};

}  // namespace godesk::link
