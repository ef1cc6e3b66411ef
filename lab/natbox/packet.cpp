#include "lab/natbox/packet.h"

#include <algorithm>
#include <array>

namespace godesk::lab {
namespace {

constexpr std::size_t kHopLimitV4 = 8;
constexpr std::size_t kChecksumV4 = 10;
constexpr std::size_t kHopLimitV6 = 7;

enum Number : std::uint8_t { kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58 };

std::array<std::uint8_t, 2> two(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

std::uint32_t sum(ByteView bytes) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    total += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  return total;
}

}  // namespace

std::optional<Packet> Packet::parse(Buffer bytes) {
  Packet packet;
  packet.bytes_ = std::move(bytes);
  if (!packet.read_header()) return std::nullopt;
  return packet;
}

bool Packet::read_header() {
  if (bytes_.size() < 20) return false;
  const int version = bytes_[0] >> 4;
  std::size_t transport_at = 40;
  std::uint8_t number = 0;
  if (version == 4) {
    transport_at = static_cast<std::size_t>(bytes_[0] & 15) * 4;
    const bool later_fragment = (word(6) & 0x1fff) != 0;
    if (transport_at < 20 || later_fragment) return false;
    number = bytes_[9];
    source_at_ = 12, destination_at_ = 16;
  } else if (version == 6) {
    if (bytes_.size() < 40) return false;
    family_ = Family::v6;
    number = bytes_[6];
    source_at_ = 8, destination_at_ = 24;
  } else {
    return false;
  }
  source_.ip = address_at(source_at_);
  destination_.ip = address_at(destination_at_);
  return read_transport(number, transport_at);
}

bool Packet::read_transport(std::uint8_t number, std::size_t at) {
  const bool echo = number == (family_ == Family::v4 ? kIcmp : kIcmp6);
  const std::size_t need = number == kTcp ? 20 : number == kUdp || echo ? 8 : 0;
  if (bytes_.size() < at + need) return false;
  if (number == kUdp || number == kTcp) {
    protocol_ = number == kUdp ? Protocol::udp : Protocol::tcp;
    source_port_at_ = at, destination_port_at_ = at + 2;
    checksum_at_ = at + (number == kUdp ? 6 : 16);
    source_.port = word(source_port_at_);
    destination_.port = word(destination_port_at_);
  } else if (echo) {
    const std::uint8_t type = bytes_[at];
    checksum_at_ = at + 2;
    if (type == (family_ == Family::v4 ? 8 : 128)) {
      protocol_ = Protocol::echo_request;
      source_port_at_ = at + 4;
      source_.port = word(at + 4);
    } else if (type == (family_ == Family::v4 ? 0 : 129)) {
      protocol_ = Protocol::echo_reply;
      destination_port_at_ = at + 4;
      destination_.port = word(at + 4);
    }
  }
  return true;
}

void Packet::set_source(const Endpoint& to) { rewrite(source_, to, source_at_, source_port_at_); }

void Packet::set_destination(const Endpoint& to) {
  rewrite(destination_, to, destination_at_, destination_port_at_);
}

bool Packet::age() {
  const std::size_t at = family_ == Family::v4 ? kHopLimitV4 : kHopLimitV6;
  if (bytes_[at] <= 1) return false;
  const std::array<std::uint8_t, 2> fresh{static_cast<std::uint8_t>(bytes_[at] - 1), bytes_[at + 1]};
  if (family_ == Family::v4) {
    replace(at, fresh, true, false);
  } else {
    --bytes_[at];
  }
  return true;
}

void Packet::rewrite(Endpoint& what, const Endpoint& to, std::size_t address_at, std::size_t port_at) {
  replace(address_at, to.ip.bytes(), family_ == Family::v4, pseudo_header() || family_ == Family::v6);
  if (port_at != 0) replace(port_at, two(to.port), false, true);
  what = {to.ip, port_at != 0 ? to.port : what.port};
}

void Packet::replace(std::size_t at, ByteView fresh, bool in_ip_header, bool in_transport) {
  const auto place = bytes_.begin() + static_cast<std::ptrdiff_t>(at);
  const Buffer before(place, place + static_cast<std::ptrdiff_t>(fresh.size()));
  std::copy(fresh.begin(), fresh.end(), place);
  if (in_ip_header) correct(kChecksumV4, before, fresh);
  if (in_transport && checksum_at_ != 0) correct(checksum_at_, before, fresh);
}

// RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
void Packet::correct(std::size_t checksum_at, ByteView before, ByteView after) {
  const bool udp = protocol_ == Protocol::udp && checksum_at == checksum_at_;
  if (udp && word(checksum_at) == 0) return;  // the sender made none (RFC 768)
  std::uint32_t total = static_cast<std::uint16_t>(~word(checksum_at));
  total += static_cast<std::uint32_t>(before.size() / 2) * 0xffff - sum(before) + sum(after);
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  std::uint16_t checksum = static_cast<std::uint16_t>(~total);
  if (udp && checksum == 0) checksum = 0xffff;
  const auto fresh = two(checksum);
  bytes_[checksum_at] = fresh[0];
  bytes_[checksum_at + 1] = fresh[1];
}

IpAddress Packet::address_at(std::size_t at) const {
  if (family_ == Family::v4) {
    return IpAddress::v4(
        std::array<std::uint8_t, 4>{bytes_[at], bytes_[at + 1], bytes_[at + 2], bytes_[at + 3]});
  }
  std::array<std::uint8_t, 16> raw{};
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), raw.size(), raw.begin());
  return IpAddress::v6(raw);
}

std::uint16_t Packet::word(std::size_t at) const {
  return static_cast<std::uint16_t>(bytes_[at] << 8 | bytes_[at + 1]);
}

}  // namespace godesk::lab
