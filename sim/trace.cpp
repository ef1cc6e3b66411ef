#include "sim/trace.h"

namespace godesk::sim {
namespace {

const char* name(Fate fate) {
  constexpr const char* kNames[] = {"sent",       "delivered",   "lost",        "filtered", "no-hairpin",
                                    "unroutable", "closed-port", "udp-blocked", "cut",      "expired"};
  return kNames[static_cast<std::size_t>(fate)];
}
const char* name(DatagramKind kind) {
  constexpr const char* kNames[] = {"stun", "channel", "quic", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// The first byte of a QUIC packet is half chance and may be a channel's; the length behind it is not.
bool is_channel_data(ByteView datagram) {
  Reader r(datagram);
  const std::uint16_t channel = r.u16();
  const std::size_t length = r.u16();
  return !r.failed() && channel >= 0x4000 && channel <= 0x4FFF && r.left() >= length && r.left() < length + 4;
}

}  // namespace

DatagramKind kind_of(ByteView datagram) {
  if (datagram.empty()) return DatagramKind::other;
  if (datagram[0] <= 3) return DatagramKind::stun;
  if (is_channel_data(datagram)) return DatagramKind::channel;
  return datagram[0] >= 64 ? DatagramKind::quic : DatagramKind::other;
}

std::string TraceEntry::to_string() const {
  return std::to_string(to_ms(time.time_since_epoch())) + " ms " + name(fate) + " " + from.to_string() +
         " > " + to.to_string() + " " + name(kind) + " " + std::to_string(length);
}

void Trace::add(const TraceEntry& entry, ByteView bytes) {
  mix(static_cast<std::uint64_t>(entry.time.time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(entry.fate) << 32 | static_cast<std::uint64_t>(entry.kind));
  for (const Endpoint* e : {&entry.from, &entry.to}) {
    for (std::uint8_t byte : e->ip.bytes()) mix(byte);
    mix(e->port);
  }
  mix(entry.length);
  ++counts_[static_cast<std::size_t>(entry.fate)];
  if (keep) entries_.push_back(entry);
  if (tap) tap(entry, bytes);
}

void Trace::mix(std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) {
    hash_ ^= value >> shift & 0xff;
    hash_ *= 0x100000001b3u;
  }
}

}  // namespace godesk::sim
