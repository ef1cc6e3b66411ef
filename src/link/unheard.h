// The packets that a dying path may have swallowed: sent since the last sign of life less one RTT. As soon as
// the path is doubted they take the other one, all at once; QUIC, which would find out a round trip later
// what was lost, then has nothing to repeat, and drops what it had already. Where the other one is dead as
// well (a new address: every path was from or to the old one), a third takes them once it works; QUIC's
// probes, each twice as late as the last, would not have found that out for long.
//
// Bounded: the oldest are kept, because what is ordered waits for them.
#pragma once

#include <deque>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"
#include "ice/types.h"

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

  /// `copied`: it went there too.
  void sent(Time now, ByteView packet, std::optional<ice::PairId> copied = std::nullopt) {
    forget(now - config_.longest);
    if (packets_.size() >= config_.max_packets || bytes_ + packet.size() > config_.max_bytes) return;
    packets_.push_back({now, to_buffer(packet), copied});
    bytes_ += packet.size();
  }
  /// Sent before `until`: arrived, or too old.
  void forget(Time until) {
    while (!packets_.empty() && packets_.front().at < until) drop_first();
  }
  /// `put(bytes)` for each that has no copy on `pair` yet, the oldest first.
  template <class Put>
  void copy_to(ice::PairId pair, Put put) {
    for (Packet& packet : packets_) {
      if (packet.copied == pair) continue;
      packet.copied = pair;
      put(ByteView(packet.bytes));
    }
  }
  /// `pair` is the path in use now: each has gone on it, where it had not before by `put`.
  template <class Put>
  void move_to(Time now, ice::PairId pair, Put put) {
    copy_to(pair, put);
    for (Packet& packet : packets_) packet.at = now, packet.copied.reset();
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
    std::optional<ice::PairId> copied;
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
