#include "os/network_memory.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "crypto/hash.h"
#include "os/files.h"

namespace godesk::os {
namespace {

/// Nothing when the path says neither.
std::optional<bool> udp_blocked(const link::PathInfo& path) {
  if (path.kind == link::Kind::direct || path.transport == link::Transport::udp) return false;
  return path.why == link::Why::udp_blocked ? std::optional(true) : std::nullopt;
}

}  // namespace

std::string network_fingerprint(const std::vector<IpAddress>& addresses) {
  std::set<std::string> prefixes;
  for (const IpAddress& ip : addresses)
    if (!ip.is_loopback() && !ip.is_link_local())
      prefixes.insert(ip.prefix(ip.is_v4() ? 24 : 64).to_string());
  std::string all = "GoDesk network v1";
  for (const std::string& prefix : prefixes) all += "\n" + prefix;
  return to_hex(crypto::sha256(bytes_of(all))).substr(0, 32);
}

NetworkMemory::NetworkMemory(std::string file) : file_(std::move(file)) {
  const auto content = read_secret(file_);
  std::istringstream lines(content ? std::string(text_of(*content)) : std::string());
  std::string network;
  std::int64_t seen = 0;
  while (blocked_.size() < kMaxNetworks && lines >> network >> seen)
    if (network.size() == 32) blocked_[network] = WallTime{std::chrono::seconds(seen)};
}

bool NetworkMemory::udp_was_blocked(const std::vector<IpAddress>& addresses, WallTime now) const {
  const auto found = blocked_.find(network_fingerprint(addresses));
  return found != blocked_.end() && found->second <= now && now - found->second < kHolds;
}

void NetworkMemory::learn(const std::vector<IpAddress>& addresses, const link::PathInfo& path, WallTime now) {
  const auto verdict = udp_blocked(path);
  if (!verdict) return;
  const std::string network = network_fingerprint(addresses);
  if (!*verdict) {
    if (blocked_.erase(network)) write();
    return;
  }
  // Once an hour is enough to keep it fresh.
  const auto known = blocked_.find(network);
  if (known != blocked_.end() && known->second <= now && now - known->second < std::chrono::hours(1)) return;
  blocked_[network] = now;
  if (blocked_.size() > kMaxNetworks)
    blocked_.erase(std::min_element(blocked_.begin(), blocked_.end(),
                                    [](const auto& a, const auto& b) { return a.second < b.second; }));
  write();
}

void NetworkMemory::write() const {
  std::string content;
  for (const auto& [network, seen] : blocked_)
    content += network + " " + std::to_string(seen.time_since_epoch().count()) + "\n";
  write_secret(file_, bytes_of(content));
}

}  // namespace godesk::os
