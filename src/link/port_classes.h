// How a NAT chooses outside ports, from what servers saw of fresh sockets (RFC 4787 4.2). A pure function.
//
//   1. Ports that are the sockets' own: preserving.
//   2. Ports that go on from one socket to the next: sequential; the step is what all distances share, and
//      what lies between beyond our own mappings came from others: flows a second.
//   3. Ports in a narrow range: a block, the smallest aligned power of two that holds them, since providers
//      cut their ports so; doubled where few samples could not fill it. One that only an unfortunate border
//      makes large is taken as wide as its samples say.
//   4. Anything else: random.
//
// It never guesses from fewer than four samples.
#pragma once

#include <vector>

#include "base/time.h"
#include "ice/nat_profile.h"

namespace godesk::link {

struct PortSample {
  Time sent_at{};            // of the datagram that made the mapping
  int number = 0;            // which of our own mappings it is, in the order of sending
  std::uint16_t inside = 0;  // the socket's own port
  std::uint16_t outside = 0;
  bool resent = false;  // sent more than once: nobody knows which copy made the mapping
};

struct PortClass {
  ice::Allocation allocation = ice::Allocation::unknown;
  std::int16_t step = 1;
  std::uint16_t flows_per_second = 0;
  std::uint16_t block_base = 0;
  std::uint32_t block_size = 65536;
  bool operator==(const PortClass&) const = default;
};

PortClass classify_ports(std::vector<PortSample> samples);

}  // namespace godesk::link
