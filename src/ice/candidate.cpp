#include "ice/candidate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace godesk::ice {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"host", "srflx", "prflx", "relay"};
constexpr std::size_t kMaxText = 512;

/// RFC 8445 5.1.2.2's recommended type preferences.
std::uint32_t type_preference(CandidateType type) {
  switch (type) {
    case CandidateType::host:
      return 126;
    case CandidateType::peer_reflexive:
      return 110;
    case CandidateType::server_reflexive:
      return 100;
    case CandidateType::relay:
      return 0;
  }
  return 0;
}

template <class Int>
std::optional<Int> number(std::string_view text, Int max) {
  Int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || text.empty() || value > max) return std::nullopt;
  return value;
}

std::optional<CandidateType> type_of(std::string_view text) {
  auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<CandidateType>(found - kNames.begin());
}

bool is_udp(std::string_view text) {
  return text.size() == 3 && (text[0] | 0x20) == 'u' && (text[1] | 0x20) == 'd' && (text[2] | 0x20) == 'p';
}

std::optional<std::vector<std::string_view>> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    auto space = text.find(' ');
    std::string_view word = text.substr(0, space);
    if (word.empty()) return std::nullopt;
    for (char c : word)
      if (c <= ' ' || c > '~') return std::nullopt;
    out.push_back(word);
    if (space == std::string_view::npos) return out;
    text.remove_prefix(space + 1);
  }
}

Result<Endpoint, CandidateError> endpoint(std::string_view ip, std::string_view port,
                                          std::uint16_t least_port) {
  auto address = IpAddress::parse(ip);
  if (!address) return Failure{CandidateError::bad_address};
  auto value = number<std::uint16_t>(port, 65535);
  if (!value || *value < least_port) return Failure{CandidateError::bad_port};
  return Endpoint{*address, *value};
}

}  // namespace

std::string_view name(CandidateType type) { return kNames[static_cast<std::size_t>(type)]; }

bool is_ice_chars(std::string_view text, std::size_t max) {
  auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return !text.empty() && text.size() <= max && std::all_of(text.begin(), text.end(), ok);
}

std::uint32_t priority(CandidateType type, std::uint16_t local) {
  return (type_preference(type) << 24) + (std::uint32_t{local} << 8) + 255;  // 256 - component 1
}

std::uint16_t local_preference(const IpAddress& ip, std::uint16_t index) {
  std::uint16_t top = ip.is_v4() ? 0x7fff : 0xffff;
  return static_cast<std::uint16_t>(top - std::min<std::uint16_t>(index, 0x7ffe));
}

std::string foundation(CandidateType type, const IpAddress& base, const IpAddress& server) {
  std::uint32_t hash = 0x811c9dc5u;  // FNV-1a
  auto mix = [&](std::uint8_t byte) { hash = (hash ^ byte) * 0x01000193u; };
  mix(static_cast<std::uint8_t>(type));
  for (const IpAddress* ip : {&base, &server})
    for (std::uint8_t byte : ip->bytes()) mix(byte);
  return std::to_string(hash);
}

Candidate make_candidate(CandidateType type, const Endpoint& address, const Endpoint& base,
                         const IpAddress& server, std::uint16_t index) {
  Candidate made;
  made.type = type;
  made.address = address;
  made.priority = priority(type, local_preference(address.ip, index));
  made.foundation = foundation(type, type == CandidateType::relay ? address.ip : base.ip, server);
  return made;
}

std::string format(const Candidate& c) {
  std::string text = "candidate:" + c.foundation + " 1 udp " + std::to_string(c.priority) + " " +
                     c.address.ip.to_string() + " " + std::to_string(c.address.port) + " typ " +
                     std::string(name(c.type));
  if (c.related) text += " raddr " + c.related->ip.to_string() + " rport " + std::to_string(c.related->port);
  return text;
}

Result<Candidate, CandidateError> parse_candidate(std::string_view text) {
  constexpr std::string_view kPrefix = "candidate:";
  if (text.size() > kMaxText) return Failure{CandidateError::too_long};
  if (!text.starts_with(kPrefix)) return Failure{CandidateError::bad_syntax};
  auto word = words(text.substr(kPrefix.size()));
  if (!word || word->size() < 8 || word->size() % 2 != 0 || (*word)[6] != "typ")
    return Failure{CandidateError::bad_syntax};
  const auto& w = *word;

  Candidate made;
  if (!is_ice_chars(w[0], 32)) return Failure{CandidateError::bad_foundation};
  made.foundation = w[0];
  if (w[1] != "1") return Failure{CandidateError::bad_component};
  if (!is_udp(w[2])) return Failure{CandidateError::not_udp};
  auto wanted = number<std::uint32_t>(w[3], 0x7fffffffu);
  if (!wanted || *wanted == 0) return Failure{CandidateError::bad_priority};
  made.priority = *wanted;
  auto address = endpoint(w[4], w[5], 1);
  if (!address) return Failure{address.reason()};
  made.address = *address;
  auto type = type_of(w[7]);
  if (!type) return Failure{CandidateError::bad_type};
  made.type = *type;

  bool related = w.size() >= 12 && w[8] == "raddr" && w[10] == "rport";
  if (!related) return made;
  // Browsers and cautious agents write 0.0.0.0 and port 0 here: a base that is not told.
  auto base = endpoint(w[9], w[11], 0);
  if (!base) return Failure{base.reason()};
  made.related = *base;
  return made;
}

}  // namespace godesk::ice
