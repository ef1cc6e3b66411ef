#include "base/address.h"

#include <algorithm>
#include <charconv>

namespace godesk {
namespace {

std::optional<unsigned> parse_number(std::string_view text, unsigned max, int base) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > max)
    return std::nullopt;
  return value;
}

std::optional<unsigned> parse_decimal(std::string_view text, unsigned max) {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;  // octal to some, decimal to others: refuse
  return parse_number(text, max, 10);
}

std::optional<std::array<std::uint8_t, 4>> parse_quad(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    auto part = parse_decimal(text.substr(0, dot), 255);
    if (!part) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*part);
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return bytes;
}

/// One side of "::": groups separated by ':', the last of which may be a dotted quad.
bool parse_groups(std::string_view text, bool quad_allowed, Buffer& out) {
  while (!text.empty()) {
    auto colon = text.find(':');
    std::string_view part = text.substr(0, colon);
    bool last = colon == std::string_view::npos;
    if (last && quad_allowed && part.find('.') != std::string_view::npos) {
      auto quad = parse_quad(part);
      if (quad) append(out, *quad);
      return quad.has_value();
    }
    auto group = part.size() <= 4 ? parse_number(part, 0xffff, 16) : std::nullopt;
    if (!group) return false;
    out.push_back(static_cast<std::uint8_t>(*group >> 8));
    out.push_back(static_cast<std::uint8_t>(*group));
    if (last) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;  // trailing single colon
  }
  return true;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  auto gap = text.find("::");
  Buffer head, tail;
  if (gap == std::string_view::npos) {
    if (!parse_groups(text, true, head) || head.size() != 16) return std::nullopt;
  } else {
    std::string_view after = text.substr(gap + 2);
    if (after.find("::") != std::string_view::npos) return std::nullopt;
    if (!parse_groups(text.substr(0, gap), false, head) || !parse_groups(after, true, tail))
      return std::nullopt;
    if (head.size() + tail.size() > 14) return std::nullopt;
  }
  std::array<std::uint8_t, 16> bytes{};
  std::copy(head.begin(), head.end(), bytes.begin());
  std::copy(tail.begin(), tail.end(), bytes.end() - static_cast<std::ptrdiff_t>(tail.size()));
  return IpAddress::v6(bytes);
}

std::string v6_text(ByteView bytes) {
  // RFC 5952: the longest run of two or more zero groups becomes "::", the first one of equals.
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  std::size_t best = 8, best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) best = i, best_length = length;
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    char digits[4];
    text.append(digits, std::to_chars(digits, digits + 4, groups[i], 16).ptr);
  }
  return text;
}

bool in(const IpAddress& ip, const char* cidr) { return Cidr::parse(cidr)->contains(ip); }

}  // namespace

IpAddress IpAddress::v4(std::uint32_t bits) {
  return v4(std::array<std::uint8_t, 4>{
      static_cast<std::uint8_t>(bits >> 24), static_cast<std::uint8_t>(bits >> 16),
      static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)});
}

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress ip;
  std::copy(bytes.begin(), bytes.end(), ip.bytes_.begin());
  return ip;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
  IpAddress ip;
  ip.family_ = Family::v6;
  ip.bytes_ = bytes;
  return ip;
}

IpAddress IpAddress::any(Family family) { return family == Family::v4 ? IpAddress{} : v6({}); }

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  auto quad = parse_quad(text);
  if (!quad) return std::nullopt;
  return v4(*quad);
}

std::uint32_t IpAddress::v4_bits() const {
  return static_cast<std::uint32_t>(bytes_[0]) << 24 | static_cast<std::uint32_t>(bytes_[1]) << 16 |
         static_cast<std::uint32_t>(bytes_[2]) << 8 | bytes_[3];
}

bool IpAddress::is_unspecified() const { return *this == any(family_); }
bool IpAddress::is_loopback() const { return is_v4() ? bytes_[0] == 127 : in(*this, "::1"); }
bool IpAddress::is_multicast() const { return is_v4() ? bytes_[0] >> 4 == 14 : bytes_[0] == 0xff; }
bool IpAddress::is_link_local() const { return in(*this, is_v4() ? "169.254.0.0/16" : "fe80::/10"); }

bool IpAddress::is_private() const {
  if (!is_v4()) return in(*this, "fc00::/7");
  return in(*this, "10.0.0.0/8") || in(*this, "172.16.0.0/12") || in(*this, "192.168.0.0/16") ||
         in(*this, "100.64.0.0/10");
}

IpAddress IpAddress::unmapped() const {
  if (is_v4() || !in(*this, "::ffff:0:0/96")) return *this;
  return v4(std::array<std::uint8_t, 4>{bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

IpAddress IpAddress::prefix(int bits) const {
  IpAddress masked = *this;
  for (int i = 0; i < 16; ++i) {
    int keep = std::clamp(bits - 8 * i, 0, 8);
    masked.bytes_[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(0xff00 >> keep);
  }
  return masked;
}

std::string IpAddress::to_string() const {
  if (!is_v4()) return v6_text(bytes());
  std::string text;
  for (std::uint8_t byte : bytes()) text += (text.empty() ? "" : ".") + std::to_string(byte);
  return text;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto port = parse_decimal(text.substr(colon + 1), 65535);
  std::string_view host = text.substr(0, colon);
  bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  auto ip = IpAddress::parse(host);
  if (!port || !ip || ip->is_v4() == bracketed) return std::nullopt;
  return Endpoint{*ip, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  std::string host = ip.is_v4() ? ip.to_string() : "[" + ip.to_string() + "]";
  return host + ":" + std::to_string(port);
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  auto slash = text.find('/');
  auto ip = IpAddress::parse(text.substr(0, slash));
  if (!ip) return std::nullopt;
  unsigned width = ip->is_v4() ? 32 : 128;
  auto bits = slash == std::string_view::npos ? width : parse_decimal(text.substr(slash + 1), width);
  if (!bits) return std::nullopt;
  return Cidr{ip->prefix(static_cast<int>(*bits)), static_cast<int>(*bits)};
}

bool Cidr::contains(const IpAddress& ip) const {
  return ip.family() == network.family() && ip.prefix(bits) == network;
}

}  // namespace godesk
