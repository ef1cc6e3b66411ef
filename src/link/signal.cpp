#include "link/signal.h"

#include <algorithm>
#include <array>

namespace godesk::link {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kRelayOnly = 1, kUdpBlocked = 2, kProfile = 4, kOffer = 8, kDistances = 16;
constexpr Duration kDistanceUnit = 250us;
constexpr std::size_t kMinUfrag = 4, kMinPwd = 22;  // RFC 8839 5.4

void write_text(Writer& w, const std::string& text) {
  w.u8(static_cast<std::uint8_t>(text.size())).bytes(bytes_of(text));
}

void write_candidate(Writer& w, const ice::Candidate& c) {
  w.u8(static_cast<std::uint8_t>(c.type)).u8(static_cast<std::uint8_t>(c.address.family()));
  w.u16(c.address.port).u32(c.priority).bytes(c.address.ip.bytes());
}

std::optional<std::string> read_text(Reader& r, std::size_t min) {
  const ByteView text = r.take(r.u8());
  if (r.failed() || text.size() < min || !ice::is_ice_chars(text_of(text), 255)) return std::nullopt;
  return std::string(text_of(text));
}

std::optional<IpAddress> read_ip(Reader& r, std::uint8_t family) {
  if (family == 4) {
    std::array<std::uint8_t, 4> bytes{};
    const ByteView raw = r.take(4);
    std::copy(raw.begin(), raw.end(), bytes.begin());
    return IpAddress::v4(bytes);
  }
  if (family != 6) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  const ByteView raw = r.take(16);
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return IpAddress::v6(bytes);
}

std::optional<ice::Candidate> read_candidate(Reader& r) {
  const std::uint8_t type = r.u8(), family = r.u8();
  ice::Candidate c;
  c.address.port = r.u16();
  c.priority = r.u32();
  auto ip = read_ip(r, family);
  if (!ip || c.address.port == 0 || c.priority == 0 || c.priority > 0x7fffffffu) return std::nullopt;
  c.address.ip = *ip;
  c.type = static_cast<ice::CandidateType>(type);
  const bool known = c.type == ice::CandidateType::host || c.type == ice::CandidateType::server_reflexive ||
                     c.type == ice::CandidateType::relay;
  if (!known) return std::nullopt;
  c.foundation = ice::foundation(c.type, c.address.ip, {});
  return c;
}

void write_profile(Writer& w, const ice::NatProfile& profile) {
  const Buffer bytes = ice::encode_profile(profile);
  w.u8(static_cast<std::uint8_t>(bytes.size())).bytes(bytes);
}

void write_offer(Writer& w, const Offer& offer) {
  const std::size_t count = std::min(offer.ports.size(), kMaxOfferPorts);
  w.u8(offer.round).bytes(offer.base.ip.bytes()).u16(offer.base.port).bytes(offer.opening);
  w.u16(static_cast<std::uint16_t>(std::clamp<std::int64_t>(offer.start_in.count(), 0, 65535)));
  w.u16(offer.cover).u8(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) w.u16(offer.ports[i]);
}

std::optional<Offer> read_offer(Reader& r) {
  Offer offer;
  offer.round = r.u8();
  offer.base.ip = *read_ip(r, 4);
  offer.base.port = r.u16();
  const ByteView opening = r.take(offer.opening.size());
  std::copy(opening.begin(), opening.end(), offer.opening.begin());
  offer.start_in = std::chrono::milliseconds(r.u16());
  offer.cover = r.u16();
  const std::size_t count = r.u8();
  if (count > kMaxOfferPorts || offer.base.port == 0 || offer.base.ip.is_unspecified()) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) offer.ports.push_back(r.u16());
  if (std::find(offer.ports.begin(), offer.ports.end(), 0) != offer.ports.end()) return std::nullopt;
  return offer;
}

void write_distances(Writer& w, const std::vector<RelayDistance>& relays) {
  const std::size_t count = std::min(relays.size(), kMaxRelayDistances);
  w.u8(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const IpAddress& ip = relays[i].relay;
    const auto units = std::clamp<std::int64_t>(relays[i].rtt / kDistanceUnit, 0, 65535);
    w.u8(ip.is_v4() ? 4 : 6).bytes(ip.bytes()).u16(static_cast<std::uint16_t>(units));
  }
}

std::vector<RelayDistance> read_distances(Reader& r) {
  const std::size_t count = r.u8();
  std::vector<RelayDistance> relays;
  for (std::size_t i = 0; i < count && count <= kMaxRelayDistances; ++i) {
    const auto ip = read_ip(r, r.u8());
    if (!ip) return {};
    relays.push_back({*ip, r.u16() * kDistanceUnit});
  }
  return relays;
}

/// Nothing when all is well.
std::optional<SignalError> read_more(Reader& r, std::uint8_t flags, Description& d) {
  if (flags & kProfile) {
    const ByteView bytes = r.take(r.u8());
    if (r.failed()) return SignalError::truncated;
    auto profile = ice::decode_profile(bytes);
    if (!profile) return SignalError::bad_profile;
    d.profile = *profile;
  }
  if (flags & kOffer) {
    d.offer = read_offer(r);
    if (r.failed()) return SignalError::truncated;
    if (!d.offer) return SignalError::bad_offer;
  }
  if (flags & kDistances) {
    d.relays = read_distances(r);
    if (r.failed()) return SignalError::truncated;
    if (d.relays.empty()) return SignalError::bad_distance;
  }
  return std::nullopt;
}

}  // namespace

bool Offer::says_the_same(const Offer& other) const {
  return round == other.round && base == other.base && opening == other.opening && cover == other.cover &&
         ports == other.ports;
}

bool Description::says_the_same(const Description& other) const {
  const bool same_offer =
      offer.has_value() == other.offer.has_value() && (!offer || offer->says_the_same(*other.offer));
  return relay_only == other.relay_only && udp_blocked == other.udp_blocked &&
         credentials.ufrag == other.credentials.ufrag && candidates == other.candidates &&
         profile == other.profile && same_offer && relays == other.relays;
}

Buffer encode_signal(const Description& d) {
  const std::size_t count = std::min(d.candidates.size(), kMaxSignalCandidates);
  Writer w;
  w.u8(kVersion);
  w.u8(static_cast<std::uint8_t>((d.relay_only ? kRelayOnly : 0) | (d.udp_blocked ? kUdpBlocked : 0) |
                                 (d.profile ? kProfile : 0) | (d.offer ? kOffer : 0) |
                                 (d.relays.empty() ? 0 : kDistances)));
  w.u32(d.generation);
  write_text(w, d.credentials.ufrag);
  write_text(w, d.credentials.pwd);
  w.u8(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) write_candidate(w, d.candidates[i]);
  if (d.profile) write_profile(w, *d.profile);
  if (d.offer) write_offer(w, *d.offer);
  if (!d.relays.empty()) write_distances(w, d.relays);
  return w.take();
}

Result<Description, SignalError> decode_signal(ByteView bytes) {
  Reader r(bytes);
  Description d;
  if (r.u8() != kVersion) return Failure{SignalError::bad_version};
  const std::uint8_t flags = r.u8();
  if ((flags & ~(kRelayOnly | kUdpBlocked | kProfile | kOffer | kDistances)) != 0)
    return Failure{SignalError::bad_flags};
  d.relay_only = (flags & kRelayOnly) != 0;
  d.udp_blocked = (flags & kUdpBlocked) != 0;
  d.generation = r.u32();
  if (r.failed()) return Failure{SignalError::truncated};
  if (d.generation == 0) return Failure{SignalError::bad_generation};
  auto ufrag = read_text(r, kMinUfrag);
  auto pwd = ufrag ? read_text(r, kMinPwd) : std::nullopt;
  if (!pwd) return Failure{r.failed() ? SignalError::truncated : SignalError::bad_credentials};
  d.credentials = {std::move(*ufrag), std::move(*pwd)};
  const std::size_t count = r.u8();
  if (count > kMaxSignalCandidates) return Failure{SignalError::too_many};
  for (std::size_t i = 0; i < count; ++i) {
    auto candidate = read_candidate(r);
    if (r.failed()) return Failure{SignalError::truncated};
    if (!candidate) return Failure{SignalError::bad_candidate};
    d.candidates.push_back(std::move(*candidate));
  }
  if (r.failed()) return Failure{SignalError::truncated};
  if (auto error = read_more(r, flags, d)) return Failure{*error};
  if (!r.empty()) return Failure{SignalError::trailing_bytes};
  return d;
}

}  // namespace godesk::link
