#include "link/punch_budget.h"

namespace godesk::link {
namespace {
constexpr Duration kGrain = 1s;
}

std::size_t PunchBudget::sum(const Ledger& ledger) {
  std::size_t packets = 0;
  for (const Spent& spent : ledger) packets += spent.packets;
  return packets;
}

void PunchBudget::forget(Time now) {
  for (auto it = targets_.begin(); it != targets_.end();) {
    // A whole grain stays until its last packet is old enough.
    while (!it->second.empty() && now - it->second.front().since >= config_.period + kGrain)
      it->second.pop_front();
    it = it->second.empty() ? targets_.erase(it) : std::next(it);
  }
}

bool PunchBudget::take_packet(Time now, const IpAddress& target) {
  auto found = targets_.find(target);
  const bool fresh = found == targets_.end() || now - found->second.back().since >= kGrain;
  if (fresh) {
    forget(now);
    if (!targets_.contains(target) && targets_.size() >= config_.max_targets) return false;
    found = targets_.try_emplace(target).first;
    if (sum(found->second) < config_.packets_per_target) found->second.push_back({now, 0});
  }
  if (sum(found->second) >= config_.packets_per_target) return false;
  ++found->second.back().packets;
  return true;
}

bool PunchBudget::take_run(Time now) {
  while (!runs_.empty() && now - runs_.front() >= config_.period) runs_.pop_front();
  if (runs_.size() >= config_.runs) return false;
  runs_.push_back(now);
  return true;
}

std::size_t PunchBudget::packets_left(Time now, const IpAddress& target) const {
  auto found = targets_.find(target);
  if (found == targets_.end()) return config_.packets_per_target;
  std::size_t spent = 0;
  for (const Spent& s : found->second)
    if (now - s.since < config_.period + kGrain) spent += s.packets;
  return spent >= config_.packets_per_target ? 0 : config_.packets_per_target - spent;
}

}  // namespace godesk::link
