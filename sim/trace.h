// What went over the virtual wire: every datagram's time, endpoints, length, kind and fate. The hash covers
// all of it and not the bytes (QUIC's keys are its own), so the same seed gives the same hash.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"

namespace godesk::sim {

/// RFC 9443 looks at the first byte only; so does the trace.
enum class DatagramKind { stun, channel, quic, other };

enum class Fate {
  sent,         // left the host
  delivered,    // reached a socket
  lost,         // the link lost it, or its queue was full
  filtered,     // a NAT or firewall had no binding or did not let it in
  no_hairpin,   // a NAT met its own outside address and does not turn datagrams around
  unroutable,   // nobody has the destination
  closed_port,  // the host has no such socket
  udp_blocked,  // the site lets no UDP out
  cut,          // the path or the host is cut
  expired,      // its hop limit ran out
};

struct TraceEntry {
  Time time{};
  Fate fate = Fate::sent;
  Endpoint from, to;  // as seen at this point
  std::size_t length = 0;
  DatagramKind kind = DatagramKind::other;
  std::string to_string() const;
};

DatagramKind kind_of(ByteView datagram);

class Trace {
 public:
  /// Called for every entry with the bytes: a capture.
  std::function<void(const TraceEntry&, ByteView)> tap;
  bool keep = false;  // keeps entries; the hash is always made

  void add(const TraceEntry& entry, ByteView bytes);
  std::uint64_t hash() const { return hash_; }
  const std::vector<TraceEntry>& entries() const { return entries_; }
  std::size_t count(Fate fate) const { return counts_[static_cast<std::size_t>(fate)]; }

 private:
  void mix(std::uint64_t value);

  std::uint64_t hash_ = 0xcbf29ce484222325u;  // FNV-1a
  std::vector<TraceEntry> entries_;
  std::size_t counts_[10] = {};
};

}  // namespace godesk::sim
