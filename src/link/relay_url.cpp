#include "link/relay_url.h"

#include <charconv>

namespace godesk::link {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  return host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
         std::string_view::npos;
}

/// HOST[:PORT]
std::optional<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
  HostPort result{"", default_port};
  std::string_view rest;
  if (take_prefix(text, "[")) {
    auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    auto ip = IpAddress::parse(text.substr(0, end));
    if (!ip || ip->is_v4()) return std::nullopt;
    result.host = ip->to_string();
    rest = text.substr(end + 1);
  } else {
    auto colon = text.find(':');
    if (!is_host(text.substr(0, colon))) return std::nullopt;
    result.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (rest.empty()) return result;
  if (!take_prefix(rest, ":")) return std::nullopt;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), result.port);
  if (error != std::errc{} || end != rest.data() + rest.size() || result.port == 0) return std::nullopt;
  return result;
}

}  // namespace

std::optional<RelayServer> parse_relay_url(std::string_view url) {
  const bool secure = take_prefix(url, "turns:");
  if (!secure && !take_prefix(url, "turn:")) return std::nullopt;
  const auto question = url.find('?');
  std::string_view query = question == std::string_view::npos ? "" : url.substr(question);
  auto at = parse_host_port(url.substr(0, question), secure ? 5349 : 3478);
  if (!at) return std::nullopt;
  RelayServer relay;
  const bool any = query.empty();
  if (secure) {
    if (!any && query != "?transport=tcp") return std::nullopt;
    relay.tls = at;
    return relay;
  }
  if (any || query == "?transport=udp") relay.udp = at;
  if (any || query == "?transport=tcp") relay.tcp = at;
  if (!relay.udp && !relay.tcp) return std::nullopt;
  return relay;
}

}  // namespace godesk::link
