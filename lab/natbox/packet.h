// One IP packet as a router sees it: who sends to whom, rewritten in place with checksums kept right.
//
// IPv4 and IPv6; UDP, TCP and ICMP echo. An echo's identifier plays the part of its port (RFC 5508
// section 3): a request has it at its source, a reply at its destination. Anything else has port 0 and
// cannot be translated.
#pragma once

#include <optional>

#include "base/address.h"
#include "base/bytes.h"

namespace godesk::lab {

enum class Protocol { udp, tcp, echo_request, echo_reply, other };

class Packet {
 public:
  /// Nothing when the headers are cut short, or for a later fragment, which has no ports.
  static std::optional<Packet> parse(Buffer bytes);

  Protocol protocol() const { return protocol_; }
  const Endpoint& source() const { return source_; }
  const Endpoint& destination() const { return destination_; }
  const Buffer& bytes() const { return bytes_; }

  void set_source(const Endpoint& to);
  void set_destination(const Endpoint& to);
  /// One hop further; false when the packet has to die here.
  bool age();

 private:
  bool read_header();
  bool read_transport(std::uint8_t number, std::size_t at);
  IpAddress address_at(std::size_t at) const;
  std::uint16_t word(std::size_t at) const;
  void replace(std::size_t at, ByteView fresh, bool in_ip_header, bool in_transport);
  void rewrite(Endpoint& what, const Endpoint& to, std::size_t address_at, std::size_t port_at);
  void correct(std::size_t checksum_at, ByteView before, ByteView after);
  bool pseudo_header() const { return protocol_ == Protocol::udp || protocol_ == Protocol::tcp; }

  Buffer bytes_;
  Family family_ = Family::v4;
  Protocol protocol_ = Protocol::other;
  Endpoint source_;
  Endpoint destination_;
  std::size_t source_at_ = 0;  // of the addresses in the IP header
  std::size_t destination_at_ = 0;
  std::size_t source_port_at_ = 0;  // 0: there is none
  std::size_t destination_port_at_ = 0;
  std::size_t checksum_at_ = 0;  // of UDP, TCP or ICMP; 0: there is none
};

}  // namespace godesk::lab
