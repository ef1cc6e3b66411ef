#include "rendezvous/join.h"

#include <algorithm>
#include <charconv>

#include "crypto/hash.h"

namespace godesk::rendezvous {
namespace {

constexpr std::string_view kScheme = "godesk://";
constexpr std::size_t kMaxJoin = 4096;

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

bool is_v6(std::string_view host) {
  const auto ip = IpAddress::parse(host);
  return ip && !ip->is_v4();
}

/// A name, or a bare literal.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return false;
  return is_v6(host) || std::all_of(host.begin(), host.end(), host_character);
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// The part of `text` before `separator`; `text` keeps what follows it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

/// HOST[:PORT] with IPv6 in brackets.
std::optional<JoinError> read_authority(Join& join, std::string_view text) {
  if (is_v6(text)) return JoinError::bad_host;  // without brackets its end could be a port
  std::string_view host = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(host.size());
  if (!text.empty() && text[0] == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return JoinError::bad_host;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!is_v6(host)) return JoinError::bad_host;
  } else if (!is_host(host)) {
    return JoinError::bad_host;
  }
  join.hosts.emplace_back(host);
  if (rest.empty()) return std::nullopt;
  const auto port = rest[0] == ':' ? port_of(rest.substr(1)) : std::nullopt;
  if (!port) return JoinError::bad_port;
  join.tls_port = *port;
  return std::nullopt;
}

std::optional<JoinError> read_key(Join& join, std::string_view value) {
  if (join.key) return JoinError::repeated;
  const auto bytes = from_base64url(value);
  if (!bytes || bytes->size() != 32) return JoinError::bad_key;
  std::copy(bytes->begin(), bytes->end(), join.key.emplace().begin());
  return std::nullopt;
}

std::optional<JoinError> read_parameter(Join& join, std::string_view name, std::string_view value,
                                        bool& stun) {
  if (name == "key") return read_key(join, value);
  if (name == "stun") {
    if (std::exchange(stun, true)) return JoinError::repeated;
    const auto port = port_of(value);
    if (!port) return JoinError::bad_port;
    join.stun_port = *port;
    return std::nullopt;
  }
  if (name != "also") return JoinError::unknown_parameter;
  if (!is_host(value)) return JoinError::bad_host;
  if (join.hosts.size() == kMaxJoinHosts) return JoinError::too_many_hosts;
  join.hosts.emplace_back(value);
  return std::nullopt;
}

std::string bracketed(const std::string& host) { return is_v6(host) ? "[" + host + "]" : host; }

}  // namespace

KeyHash key_hash(const crypto::PublicKey& identity) { return crypto::sha256(identity.bytes); }

Result<Join, JoinError> Join::parse(std::string_view text) {
  if (text.size() > kMaxJoin) return Failure{JoinError::too_long};
  Join join;
  const bool full = text.substr(0, kScheme.size()) == kScheme;
  if (full) text.remove_prefix(kScheme.size());
  const std::string_view authority = full ? cut(text, '?') : text;
  if (const auto error = read_authority(join, authority)) return Failure{*error};
  if (!full) return join;

  bool stun = false;
  while (!text.empty()) {
    std::string_view value = cut(text, '&');
    const std::string_view name = cut(value, '=');
    if (const auto error = read_parameter(join, name, value, stun)) return Failure{*error};
  }
  if (!join.key) return Failure{JoinError::no_key};
  return join;
}

std::string Join::to_string() const {
  std::string text = bracketed(hosts.front());
  if (tls_port != kDefaultTlsPort) text += ":" + std::to_string(tls_port);
  if (!key) return text;
  text = std::string(kScheme) + text + "?key=" + to_base64url(*key);
  if (stun_port != kDefaultStunPort) text += "&stun=" + std::to_string(stun_port);
  for (std::size_t i = 1; i < hosts.size(); ++i) text += "&also=" + hosts[i];
  return text;
}

std::vector<HostPort> Join::targets() const {
  std::vector<HostPort> targets;
  for (const std::string& host : hosts) targets.push_back({host, tls_port});
  return targets;
}

std::string_view to_string(JoinError error) {
  switch (error) {
    case JoinError::too_long:
      return "too-long";
    case JoinError::bad_host:
      return "bad-host";
    case JoinError::bad_port:
      return "bad-port";
    case JoinError::bad_key:
      return "bad-key";
    case JoinError::no_key:
      return "no-key";
    case JoinError::too_many_hosts:
      return "too-many-hosts";
    case JoinError::repeated:
      return "repeated";
    case JoinError::unknown_parameter:
      return "unknown-parameter";
  }
  return "";
}

}  // namespace godesk::rendezvous
