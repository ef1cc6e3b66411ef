#include "sim/flow_guard.h"

namespace godesk::sim {

bool FlowGuard::admits(Time now, const Endpoint& inside, const Endpoint& remote, Duration life) {
  if (limits_.scan_ports > 0 && looks_like_a_scan(now, inside.ip, remote)) return false;
  return limits_.sessions == 0 || fits_table(now, inside, remote, life);
}

bool FlowGuard::severed(Time now, const IpAddress& inside, const IpAddress& remote) const {
  if (limits_.scan_ports == 0) return false;
  auto found = visits_.find({inside, remote});
  return found != visits_.end() && now < found->second.severed_until;
}

bool FlowGuard::fits_table(Time now, const Endpoint& inside, const Endpoint& remote, Duration life) {
  auto known = sessions_.find({inside, remote});
  if (known == sessions_.end()) {
    if (sessions_.size() >= limits_.sessions)
      std::erase_if(sessions_, [&](const auto& s) { return s.second <= now; });
    if (sessions_.size() >= limits_.sessions) return false;
    known = sessions_.emplace(std::pair{inside, remote}, Time{}).first;
  }
  known->second = now + life;
  return true;
}

bool FlowGuard::looks_like_a_scan(Time now, const IpAddress& inside, const Endpoint& remote) {
  Visits& v = visits_[{inside, remote.ip}];
  if (now < v.severed_until) return true;
  if (now - v.since > limits_.scan_window) v.ports.clear(), v.since = now;
  v.ports.insert(remote.port);
  if (v.ports.size() <= limits_.scan_ports) return false;
  v.severed_until = now + limits_.scan_penalty;
  return true;
}

}  // namespace godesk::sim
