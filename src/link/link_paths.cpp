// The agent's verdicts, the path in use and the words for it.
#include <algorithm>

#include "ice/nat64.h"
#include "link/link_impl.h"

namespace godesk::link {
namespace {

constexpr Duration kFirstGatherAgain = 2s;  // after direct was lost
constexpr Duration kRevive = 250ms, kReviveSlow = 1s, kReviveFastFor = 10s;
constexpr Duration kNobodyCame = 5s;  // after the login without any direct pair to check
constexpr Duration kEpochOutage = 1s;

}  // namespace

void Link::Impl::take_from_agent(Time now) {
  while (auto event = agent_.next_event()) {
    if (auto* valid = std::get_if<ice::PairValid>(&*event)) {
      on_valid(now, valid->pair);
    } else if (std::get_if<ice::PairAnswered>(&*event)) {
      paths_.sampled();
    } else if (auto* probed = std::get_if<ice::ProbeAnswered>(&*event)) {
      paths_.probed(now, probed->pair, probed->bytes);
    } else if (auto* nominated = std::get_if<ice::Nominated>(&*event)) {
      if (!agent_.controlling()) paths_.nominated(nominated->pair);
    } else if (auto* lost = std::get_if<ice::ConsentLost>(&*event)) {
      if (auto info = agent_.pair_info(lost->pair)) on_lost(now, *info);
    } else if (auto* epoch = std::get_if<ice::PeerEpoch>(&*event)) {
      peer_epoch_ = static_cast<std::uint16_t>(std::min<std::uint32_t>(epoch->epoch, 0xffff));
    }
  }
}

void Link::Impl::on_valid(Time now, ice::PairId pair) {
  paths_.sampled();
  auto info = agent_.pair_info(pair);
  const Leg* via = info ? leg(info->leg) : nullptr;
  if (via && via->race) via->race->bind(now, info->remote);
  if (info && !info->relayed()) {
    gather_again_ = kNever;
    gathers_ = 0;
    punched_out_ = false;
  }
}

void Link::Impl::carry_out(Time now, const Paths::Wishes& wishes) {
  for (ice::PairId pair : wishes.ping) agent_.ping(now, pair);
  for (ice::PairId pair : wishes.lost) {
    agent_.declare_lost(now, pair);
    if (auto info = agent_.pair_info(pair)) on_lost(now, *info);
  }
  agent_.keep_warm(wishes.warm);
  for (const Paths::Probe& probe : wishes.probe) agent_.probe(now, probe.pair, probe.bytes);
  if (wishes.nominate) agent_.nominate(now, *wishes.nominate);
}

/// What a dying path may have swallowed takes another one as soon as there is one.
void Link::Impl::repeat_unheard(Time now) {
  const auto current = paths_.current();
  if (!current) return;
  const auto before = std::exchange(carried_by_, current);
  const Paths::Route route = paths_.route(now);
  auto to = [&](ice::PairId pair) {
    return [this, now, pair](ByteView packet) {
      if (send_on(now, pair, packet)) sent_on(now, pair, packet.size());
    };
  };
  if (before && before != current && !paths_.works(*before)) {
    unheard_.move_to(now, *current, to(*current));
  } else if (before != current) {
    unheard_.clear();
  } else if (paths_.works(*current)) {
    if (auto until = paths_.heard_up_to()) unheard_.forget(*until);
  } else if (route.second && route.everything) {
    unheard_.copy_to(*route.second, to(*route.second));
  }
}

void Link::Impl::on_lost(Time now, const ice::PairInfo& pair) {
  const Leg* via = leg(pair.leg);
  // The relay may be gone, or may have forgotten us.
  if (via && via->race) via->race->probe(now);
  if (!pair.relayed() && !direct_valid() && uses_sockets() && gather_again_ == kNever)
    gather_again_ = now + kFirstGatherAgain;
}

bool Link::Impl::direct_valid() const {
  return agent_.any_pair(
      [](const ice::PairInfo& p) { return !p.relayed() && p.state == ice::PairState::valid; });
}

/// While nothing works, what once worked is tried quickly, and so are relays: where both ends allocate at the
/// same time, the first checks find no permission, and the next ones are far away where there are many pairs.
void Link::Impl::revive(Time now) {
  for (const ice::PairInfo& pair : agent_.pairs())
    if (pair.relayed() || pair.state == ice::PairState::lost) agent_.ping(now, pair.id);
  revive_at_ = now + (now - no_path_since_ < kReviveFastFor ? kRevive : kReviveSlow);
}

// ---- words

void Link::Impl::judge_punching(Time now) {
  if (!allowed_ || punched_out_) return;
  const bool any = agent_.any_pair([](const ice::PairInfo& p) { return !p.relayed(); });
  const bool open = agent_.any_pair([](const ice::PairInfo& p) {
    return !p.relayed() && p.state != ice::PairState::failed && p.state != ice::PairState::lost;
  });
  punched_out_ = any ? !open && !sockets_.gathering() : now - allowed_at_ >= kNobodyCame;
}

RelayFacts Link::Impl::relay_facts() const {
  RelayFacts facts;
  facts.relay_only = config_.relay_only || (heard_ && heard_->relay_only);
  facts.allowed = allowed_;
  facts.had_direct = had_direct_;
  facts.udp_blocked = udp_blocked() || (heard_ && heard_->udp_blocked);
  bool theirs = false, shared = false;
  for (const ice::Candidate& c : heard_ ? heard_->candidates : std::vector<ice::Candidate>{}) {
    if (c.type == ice::CandidateType::relay) continue;
    theirs = true;
    for (const auto& host : sockets_.all()) shared |= host.ip.family() == c.address.family();
    shared |= c.address.ip.is_v4() && sockets_.through_nat64();
  }
  facts.family_differs = theirs && !shared && !sockets_.all().empty();
  facts.tried = allowed_after_path_ || theirs;
  // Later rounds are tried while nobody waits for them.
  facts.punching = !punched_out_ || (punch_.running() && punch_.round() == 1);
  facts.both_symmetric = punch_.impossible();
  return facts;
}

PathInfo Link::Impl::path_info(const ice::PairInfo& pair) const {
  PathInfo info;
  const Leg* via = leg(pair.leg);
  info.local = pair.local;
  info.remote = pair.remote;
  info.family = pair.family();
  info.rtt = pair.rtt;
  if (!pair.relayed()) {
    info.kind = Kind::direct;
    info.how = punched_how(pair).value_or(how_of(pair));
    const bool nat64 = sockets_.nat64() && ice::nat64_embedded(*sockets_.nat64(), pair.remote.ip);
    if (nat64) info.how = How::nat64;
    return info;
  }
  info.why = why_of(relay_facts());
  if (!via || !via->race || !via->race->up()) return info;
  const auto& up = *via->race->up();
  info.transport = up.transport;
  info.family = up.allocated.server.family();
  info.local = up.allocated.local.ip.is_unspecified() ? up.allocated.reflexive : up.allocated.local;
  info.remote = up.allocated.server;
  return info;
}

void Link::Impl::tell_path(Time now) {
  auto pair = paths_.current() ? agent_.pair_info(*paths_.current()) : std::nullopt;
  if (!pair) {
    if (!ever_path_ || path_lost_told_) return;
    path_lost_told_ = true;
    path_.reset();
    no_path_since_ = now;
    revive_at_ = now + kRevive;
    events_.push_back(PathLost{});
    return;
  }
  // Silence before a path was given up belongs to the outage.
  const bool outage = path_lost_told_ && now - heard_at_ > kEpochOutage;
  heard_at_ = pair->last_received;
  had_direct_ |= !pair->relayed();
  const PathInfo info = path_info(*pair);
  if (path_ && path_->same_but_rtt(info)) return;
  path_ = info;
  events_.push_back(PathChanged{info});
  if (log_.wants(LogLevel::info)) {
    log_.write(LogLevel::info, "link: " + std::string(name(info.kind)) + " over " +
                                   std::string(name(info.transport)) + " (" +
                                   std::string(info.how ? name(*info.how) : name(*info.why)) + ")");
  }
  if (outage && config_.role == Role::caller) events_.push_back(EpochWanted{});
  ever_path_ = true;
  path_lost_told_ = false;
  revive_at_ = kNever;
}

}  // namespace godesk::link
