// Packets for tests, and a judge of checksums that shares no code with the router.
#pragma once

#include "lab/natbox/packet.h"

namespace godesk::lab {

inline std::uint16_t ones_complement(ByteView bytes) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    total += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

inline std::uint8_t protocol_number(Protocol protocol, bool v4) {
  switch (protocol) {
    case Protocol::udp:
      return 17;
    case Protocol::tcp:
      return 6;
    default:
      return v4 ? 1 : 58;
  }
}

/// What the transport checksum covers: pseudo-header (not in ICMP for IPv4) and everything
/// after the IP header.
inline Buffer covered(ByteView packet) {
  const bool v4 = packet[0] >> 4 == 4;
  const ByteView body = packet.subspan(v4 ? 20 : 40);
  const std::uint8_t number = v4 ? packet[9] : packet[6];
  Writer out;
  if (number != 1)
    out.bytes(v4 ? packet.subspan(12, 8) : packet.subspan(8, 32))
        .u32(static_cast<std::uint32_t>(body.size()))
        .u32(number);
  out.bytes(body);
  return out.take();
}

inline bool checksums_hold(ByteView packet) {
  const bool v4 = packet[0] >> 4 == 4;
  return (!v4 || ones_complement(packet.first(20)) == 0xffff) && ones_complement(covered(packet)) == 0xffff;
}

inline Buffer transport(Protocol protocol, bool v4, std::uint16_t from, std::uint16_t to) {
  Writer out;
  const auto payload = bytes_of("some payload");
  if (protocol == Protocol::udp) out.u16(from).u16(to).u16(20).u16(0);
  if (protocol == Protocol::tcp) out.u16(from).u16(to).u32(7).u32(9).u16(0x5010).u16(1000).u16(0).u16(0);
  if (protocol == Protocol::echo_request) out.u8(v4 ? 8 : 128).u8(0).u16(0).u16(from).u16(1);
  if (protocol == Protocol::echo_reply) out.u8(v4 ? 0 : 129).u8(0).u16(0).u16(to).u16(1);
  return out.bytes(payload).take();
}

inline Buffer make_packet(Protocol protocol, std::string_view from, std::string_view to) {
  const Endpoint source = *Endpoint::parse(from), destination = *Endpoint::parse(to);
  const bool v4 = source.ip.is_v4();
  const std::uint8_t number = protocol_number(protocol, v4);
  const Buffer body = transport(protocol, v4, source.port, destination.port);
  const auto length = static_cast<std::uint16_t>(body.size());
  Writer out;
  if (v4) {
    out.u16(0x4500).u16(static_cast<std::uint16_t>(20 + length)).u32(0).u8(64).u8(number).u16(0);
  } else {
    out.u32(0x60000000).u16(length).u8(number).u8(64);
  }
  out.bytes(source.ip.bytes()).bytes(destination.ip.bytes()).bytes(body);
  Buffer packet = out.take();
  const auto put = [&packet](std::size_t at, std::uint16_t sum) {
    packet[at] = static_cast<std::uint8_t>(~sum >> 8), packet[at + 1] = static_cast<std::uint8_t>(~sum);
  };
  const std::size_t header = v4 ? 20 : 40;
  put(header + (number == 17 ? 6 : number == 6 ? 16 : 2), ones_complement(covered(packet)));
  if (v4) put(10, ones_complement(ByteView(packet).first(20)));
  return packet;
}

}  // namespace godesk::lab
