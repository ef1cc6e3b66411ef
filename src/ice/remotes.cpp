#include "ice/remotes.h"

#include <algorithm>

namespace godesk::ice {
namespace {

bool is_broadcast(const IpAddress& ip) { return ip.is_v4() && ip.v4_bits() == 0xffffffffu; }

}  // namespace

bool Remotes::checkable(const Endpoint& to, const Config& config) {
  const IpAddress ip = to.ip.unmapped();
  if (to.port == 0 || ip.is_unspecified() || ip.is_multicast() || is_broadcast(ip)) return false;
  if (ip.is_loopback() && !config.loopback) return false;
  if (!ip.is_v4() && ip.is_link_local()) return false;  // means nothing without its interface
  if (ip != to.ip) return false;                        // IPv4 in IPv6's clothes comes as IPv4 or not at all
  return std::find(config.forbidden.begin(), config.forbidden.end(), to) == config.forbidden.end();
}

Result<Remote*, RemoteRefusal> Remotes::add(const Candidate& candidate, const Config& config,
                                            const Limits& limits) {
  if (!checkable(candidate.address, config)) return Failure{RemoteRefusal::bad_target};
  if (candidate.priority == 0 || candidate.priority > 0x7fffffffu)
    return Failure{RemoteRefusal::bad_candidate};
  const bool reflexive = candidate.type == CandidateType::peer_reflexive;
  if (Remote* known = find(candidate.address)) {
    if (!reflexive) known->candidate = candidate;
    return known;
  }
  auto alike = std::count_if(remotes_.begin(), remotes_.end(), [&](const Remote& r) {
    return (r.candidate.type == CandidateType::peer_reflexive) == reflexive;
  });
  if (static_cast<std::size_t>(alike) >= (reflexive ? limits.max_peer_reflexive : limits.max_remotes))
    return Failure{RemoteRefusal::too_many};
  Remote added;
  added.candidate = candidate;
  remotes_.push_back(std::move(added));
  return &remotes_.back();
}

Remote* Remotes::find(const Endpoint& address) {
  for (Remote& r : remotes_)
    if (r.candidate.address == address) return &r;
  return nullptr;
}
const Remote* Remotes::find(const Endpoint& address) const {
  return const_cast<Remotes*>(this)->find(address);
}

std::vector<Endpoint> Remotes::addresses() const {
  std::vector<Endpoint> out;
  for (const Remote& r : remotes_) out.push_back(r.candidate.address);
  return out;
}

bool Remotes::may_check(const Remote& remote, const Limits& limits) {
  std::size_t allowed = limits.max_unanswered + std::min(remote.requests, limits.max_unanswered);
  // A check may come from a forged address: until it answers it gets no more than three times what it sent,
  // our answer included.
  if (remote.candidate.type == CandidateType::peer_reflexive)
    allowed = std::min(allowed, 2 * remote.requests);
  return remote.answered || remote.unanswered < allowed;
}

Duration Remotes::stray_wait(Time now, const Remote& remote, const Limits& limits) const {
  if (remote.answered || remote.returned < remote.requests) return 0s;
  const Time then = std::max(strays_back_, now) + limits.stray_every;
  return std::max<Duration>(then - now - limits.stray_every * limits.stray_burst, 0s);
}

void Remotes::checked(Time now, Remote& remote, const Limits& limits, bool stray) {
  ++remote.unanswered;
  if (remote.answered || !stray) return;
  if (remote.returned < remote.requests) {
    ++remote.returned;
    return;
  }
  ++remote.strays;
  strays_back_ = std::max(strays_back_, now) + limits.stray_every;
}

void Remotes::answered(Remote& remote, const Limits& limits) {
  strays_back_ -= limits.stray_every * std::exchange(remote.strays, 0);
  remote.unanswered = 0;
  remote.answered = true;
}

}  // namespace godesk::ice
