// What punching knows of the link, and the sockets that the peer reached.
#include <algorithm>

#include "link/link_impl.h"

namespace godesk::link {
namespace {

constexpr std::size_t kMaxPunched = 4;  // sockets that the peer reached and that are legs
constexpr Duration kWayUnknown = 60ms;  // of a signal, while nothing measured it

}  // namespace

void Link::Impl::set_profile(Time now, const ice::NatProfile& profile) {
  config_.profile = profile;
  if (started_ || prepared_) take_nat64(now);
  settle(now);
}

void Link::Impl::punch(Time now, const Punch::Facts& facts) {
  if (!allowed_ || !uses_sockets()) return;
  punch_.update(now, facts);
  if (auto verdict = punch_.next_verdict()) events_.push_back(PairLearned{*verdict});
  if (punch_.round() == punched_round_) return;
  punched_round_ = punch_.round();
  drop_punched(now, false);
}

Punch::Facts Link::Impl::punch_facts() {
  Punch::Facts facts;
  facts.own = config_.profile ? &*config_.profile : nullptr;
  facts.agent = &agent_;
  for (const auto& host : sockets_.all()) {
    if (!host.local || !host.ip.is_v4() || host.mapped.empty() || !leg(host.socket)) continue;
    facts.socket = host.socket;
    facts.local = *host.local;
    facts.stun = host.mapped.begin()->first;
    facts.base = host.mapped.begin()->second;
    break;
  }
  if (heard_ && !heard_->relay_only) {
    facts.peer = heard_->profile ? &*heard_->profile : nullptr;
    facts.heard = heard_->offer ? &*heard_->offer : nullptr;
  }
  facts.may_target = facts.heard && punchable(facts.heard->base.ip);
  facts.direct = direct_valid();
  facts.punched = facts.direct && facts.heard && agent_.any_pair([&](const ice::PairInfo& p) {
    const bool there = p.remote.ip == facts.heard->base.ip || punched_how(p);
    return !p.relayed() && p.state == ice::PairState::valid && there;
  });
  facts.way = path_ && path_->rtt ? *path_->rtt / 2 : kWayUnknown;
  return facts;
}

/// Nobody's own address, and no server's.
bool Link::Impl::punchable(const IpAddress& target) const {
  if (target.is_local() || target.is_multicast() || target.is_unspecified()) return false;
  if (std::find(addresses_.begin(), addresses_.end(), target) != addresses_.end()) return false;
  return std::none_of(servers_.begin(), servers_.end(), [&](const Endpoint& s) { return s.ip == target; });
}

void Link::Impl::on_punch_packet(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  Prober& prober = punch_.prober();
  if (prober.on_stun(now, socket, from, bytes)) return;
  const auto local = prober.local(socket);
  if (!local || !punch_.expects(from) || !agent_.authentic(bytes)) return drop(DropReason::unknown_source);
  const auto punched = std::count_if(legs_.begin(), legs_.end(), [](const Leg& l) { return l.punched; });
  if (static_cast<std::size_t>(punched) >= kMaxPunched) return drop(DropReason::unknown_source);
  promote(socket, *local);
  on_packet(now, *leg(socket), from, bytes);
}

void Link::Impl::promote(SocketId socket, const Endpoint& local) {
  Leg made;
  made.socket = socket;
  made.address = local;
  made.punched = true;
  add_leg(made);
  agent_.add_punched_leg(legs_.back().id, ice::make_candidate(ice::CandidateType::host, local, local));
  punch_.prober().release(socket);
}

/// Those of an earlier round are of no use unless they carry something.
void Link::Impl::drop_punched(Time now, bool all) {
  auto carries = [&](const Leg& l) {
    return agent_.any_pair(
        [&](const ice::PairInfo& p) { return p.leg == l.id && p.state == ice::PairState::valid; });
  };
  for (std::size_t i = legs_.size(); i-- > 0;) {
    const Leg& l = legs_[i];
    if (!l.punched || (!all && carries(l))) continue;
    agent_.remove_leg(now, l.id);
    closing_.push_back(CloseSocket{*l.socket});
    legs_.erase(legs_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::optional<How> Link::Impl::punched_how(const ice::PairInfo& pair) const {
  const Leg* via = leg(pair.leg);
  const bool ours = via && via->punched;
  const bool theirs = punch_.round() > 0 && heard_ && heard_->offer &&
                      pair.remote_type == ice::CandidateType::peer_reflexive &&
                      pair.remote.ip == heard_->offer->base.ip;
  if (!ours && !theirs) return std::nullopt;
  const ice::Technique t = punch_.plan().technique;
  return t == ice::Technique::block || t == ice::Technique::birthday ? How::birthday : How::predicted;
}

}  // namespace godesk::link
