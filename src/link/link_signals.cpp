// Descriptions to and from the peer.
#include <algorithm>

#include "ice/nat64.h"
#include "link/link_impl.h"
#include "link/remote_choice.h"

namespace godesk::link {
namespace {

constexpr std::array<Duration, 4> kRepeat = {1s, 2s, 4s, 5s};  // while no path works, a signal may be lost

bool is_relay(const ice::Candidate& c) { return c.type == ice::CandidateType::relay; }

}  // namespace

// ---- ours

void Link::Impl::add_addresses(Description& d) const {
  for (const auto& host : sockets_.all()) {
    if (!host.local || (started_ && !leg(host.socket))) continue;
    std::set<Endpoint> told;
    if (trusted_ || !host.local->ip.is_local()) {
      d.candidates.push_back(ice::make_candidate(ice::CandidateType::host, *host.local, *host.local));
      told.insert(*host.local);
    }
    for (const auto& [server, mapped] : host.mapped)
      if (told.insert(mapped).second)
        d.candidates.push_back(
            ice::make_candidate(ice::CandidateType::server_reflexive, mapped, *host.local, server.ip));
  }
}

Description Link::Impl::describe(const Punch::Facts& facts) const {
  Description d;
  d.relay_only = config_.relay_only;
  d.udp_blocked = allowed_ && udp_blocked();
  d.credentials = agent_.local_credentials();
  for (const Leg& l : legs_)
    if (l.race) d.candidates.push_back(ice::make_candidate(ice::CandidateType::relay, l.address, l.address));
  for (const auto& race : races_)
    if (const auto at = race->expected())
      d.candidates.push_back(ice::make_candidate(ice::CandidateType::relay, *at, *at));
  d.relays = relay_distances();
  // A side that wants relays only could do nothing with our addresses but know them.
  if (!allowed_ || (heard_ && heard_->relay_only)) return d;
  d.profile = config_.profile;
  add_addresses(d);
  d.offer = punch_.offer(now_, facts);
  return d;
}

void Link::Impl::tell_signal(Time now, const Punch::Facts& facts) {
  Description d = describe(facts);
  if (d.candidates.empty()) {
    signal_again_ = kNever;
    return;
  }
  const bool news = !told_ || !told_->says_the_same(d);
  if (has_path()) {
    signal_again_ = kNever;
    signals_again_ = 0;
  }
  const bool again = now >= signal_again_;
  if (!news && !again) {
    if (!has_path() && signal_again_ == kNever) signal_again_ = now + kRepeat[0];
    return;
  }
  d.generation = told_ ? told_->generation + (news ? 1 : 0) : 1;
  told_ = std::move(d);
  events_.push_back(Signal{encode_signal(*told_)});
  if (news) signals_again_ = 0;
  if (!has_path()) signal_again_ = now + kRepeat[std::min(signals_again_++, kRepeat.size() - 1)];
}

// ---- the peer's

void Link::Impl::on_signal(Time now, ByteView bytes) {
  now_ = now;
  if (dead_) return;
  if (bytes.size() > config_.max_signal_bytes) return drop(DropReason::bad_signal);
  auto heard = decode_signal(bytes);
  if (!heard) return drop(DropReason::bad_signal);
  const bool same_peer = heard_ && heard_->credentials.ufrag == heard->credentials.ufrag;
  if (same_peer && heard->generation < heard_->generation) return drop(DropReason::stale_signal);
  heard_ = std::move(*heard);
  apply_remote(now);
  settle(now);
}

/// Until the login only relays of a stranger are heard, and no private address of anybody; the rest waits in
/// `heard_` (SECURITY 5 and 6).
bool Link::Impl::acceptable(const ice::Candidate& candidate) const {
  if (servers_.contains(candidate.address)) return false;
  if (is_relay(candidate)) return true;
  return allowed_ && !config_.relay_only && (trusted_ || !candidate.address.ip.is_local());
}

/// The same candidate as a network with IPv6 and NAT64 alone reaches it.
std::optional<ice::Candidate> Link::Impl::behind_nat64(const ice::Candidate& candidate) const {
  const IpAddress& ip = candidate.address.ip;
  if (!sockets_.through_nat64() || is_relay(candidate) || !ip.is_v4() || ip.is_local()) return std::nullopt;
  ice::Candidate there = candidate;
  there.address = ice::nat64_endpoint(*sockets_.nat64(), candidate.address);
  return there;
}

void Link::Impl::apply_remote(Time now) {
  if (!heard_ || !agent_.set_remote_credentials(now, heard_->credentials)) return;
  std::vector<ice::Candidate> accepted;
  std::vector<Endpoint> named;
  for (const ice::Candidate& c : heard_->candidates) {
    if (!acceptable(c)) {
      drop(DropReason::refused_candidate);
      continue;
    }
    accepted.push_back(c);
    if (auto there = behind_nat64(c)) accepted.push_back(*there);
  }
  const std::size_t named_at_all = accepted.size();
  accepted = most_promising(std::move(accepted), config_.max_remote_candidates);
  for (std::size_t i = accepted.size(); i < named_at_all; ++i) drop(DropReason::refused_candidate);
  for (const ice::Candidate& c : accepted) named.push_back(c.address);
  agent_.keep_remotes(named);
  peer_relays_.clear();
  for (const ice::Candidate& c : accepted) {
    if (agent_.add_remote(now, c)) {
      drop(DropReason::refused_candidate);
    } else if (is_relay(c)) {
      peer_relays_.insert(c.address);
    }
  }
  for (auto& race : races_) bind_remote_relays(now, *race);
}

/// The network's NAT64, from its profile: IPv4 in both directions for a side that has none.
void Link::Impl::take_nat64(Time now) {
  if (!uses_sockets() || !config_.profile || sockets_.nat64() == config_.profile->nat64) return;
  sockets_.set_nat64(now, config_.profile->nat64);
  apply_remote(now);
}

void Link::Impl::bind_remote_relays(Time now, RelayRace& race) {
  for (const Endpoint& relayed : peer_relays_) race.bind(now, relayed);
}

}  // namespace godesk::link
