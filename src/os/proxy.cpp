#include "os/proxy.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace godesk::os {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto byte = from_hex(lower(text.substr(i + 1, 2)));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += static_cast<char>(byte->front());
    i += 2;
  }
  return out;
}

std::optional<HostPort> parse_host_port(std::string_view text, std::uint16_t port) {
  std::string_view rest;
  HostPort out{"", port};
  if (text.starts_with('[')) {
    std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    out.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    std::size_t colon = text.find(':');
    out.host = text.substr(0, colon);
    rest = colon == text.npos ? "" : text.substr(colon);
  }
  if (out.host.empty()) return std::nullopt;
  if (rest.empty()) return out;
  if (rest.front() != ':') return std::nullopt;
  rest.remove_prefix(1);
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out.port);
  if (error != std::errc() || end != rest.data() + rest.size() || out.port == 0) return std::nullopt;
  return out;
}

bool bypasses(const std::string& rule, const std::string& host, const std::optional<IpAddress>& ip) {
  if (rule == "*") return true;
  if (ip) {
    auto range = Cidr::parse(rule);
    return range && range->contains(*ip);
  }
  std::string_view name = rule;
  if (name.starts_with('.')) name.remove_prefix(1);
  if (host == name) return true;
  return host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.';
}

}  // namespace

std::optional<Proxy> parse_proxy(std::string_view url) {
  if (auto scheme = url.find("://"); scheme != url.npos) {
    if (lower(url.substr(0, scheme)) != "http") return std::nullopt;
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find('/'));
  Proxy proxy;
  if (std::size_t at = url.rfind('@'); at != url.npos) {
    std::string_view login = url.substr(0, at);
    std::size_t colon = login.find(':');
    auto user = percent_decoded(login.substr(0, colon));
    auto password = percent_decoded(colon == login.npos ? "" : login.substr(colon + 1));
    if (!user || !password) return std::nullopt;
    proxy.user = *user;
    proxy.password = *password;
    url.remove_prefix(at + 1);
  }
  auto where = parse_host_port(url, 80);
  if (!where) return std::nullopt;
  proxy.at = *where;
  return proxy;
}

ProxySettings ProxySettings::from(const std::function<std::optional<std::string>(const char*)>& variable) {
  auto either = [&](const char* lower_case, const char* upper_case) {
    auto value = variable(lower_case);
    return value && !value->empty() ? value : variable(upper_case);
  };
  ProxySettings settings;
  if (auto url = either("https_proxy", "HTTPS_PROXY")) settings.proxy = parse_proxy(*url);
  if (!settings.proxy)
    if (auto url = either("http_proxy", "HTTP_PROXY")) settings.proxy = parse_proxy(*url);
  std::string list = lower(either("no_proxy", "NO_PROXY").value_or(""));
  std::replace(list.begin(), list.end(), ' ', ',');
  for (std::size_t from = 0; from < list.size();) {
    std::size_t to = std::min(list.find(',', from), list.size());
    if (to > from) settings.bypassed.push_back(list.substr(from, to - from));
    from = to + 1;
  }
  return settings;
}

ProxySettings ProxySettings::from_environment() {
  return from([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

const Proxy* ProxySettings::for_target(const HostPort& target) const {
  if (!proxy) return nullptr;
  std::string host = lower(target.host);
  auto ip = IpAddress::parse(host);
  if (host == "localhost" || (ip && ip->is_loopback())) return nullptr;
  for (const std::string& rule : bypassed)
    if (bypasses(rule, host, ip)) return nullptr;
  return &*proxy;
}

}  // namespace godesk::os
