// Sockets and allocations as legs of the agent.
#include <algorithm>

#include "link/link_impl.h"
#include "stun/demux.h"

namespace godesk::link {
namespace {

constexpr Duration kForThePeer = 1s;      // a new allocation's pairs work at both ends
constexpr Duration kUdpVerdict = 1500ms;  // without an answer of any STUN server for so long: UDP is blocked

/// One that may lead to a server. Loopback, which always stays, leads to one on loopback alone.
bool any_left(const std::vector<IpAddress>& before, const std::vector<IpAddress>& now,
              const IpAddress& server) {
  return std::any_of(before.begin(), before.end(), [&](const IpAddress& ip) {
    return ip.family() == server.family() && ip.is_loopback() == server.is_loopback() &&
           std::find(now.begin(), now.end(), ip) != now.end();
  });
}

bool same_place(const RelayServer& a, const RelayServer& b) {
  return a.udp == b.udp && a.tcp == b.tcp && a.tls == b.tls;
}

}  // namespace

// ---- relays

void Link::Impl::add_race(Time now, const RelayServer& server) {
  for (const auto& at : {server.udp, server.tcp, server.tls})
    if (auto ip = at ? IpAddress::parse(at->host) : std::nullopt) servers_.insert({*ip, at->port});
  RelayRace::Config config;
  config.server = server;
  config.stagger = config_.udp_was_blocked ? 0ms : config_.leg_stagger;
  races_.push_back(std::make_unique<RelayRace>(std::move(config), ids_, random_, log_));
  nest_.add(*races_.back());
  races_.back()->start(now);
}

void Link::Impl::set_relays(Time now, std::vector<RelayServer> relays) {
  config_.relays = std::move(relays);
  if (!started_ || dead_) return;
  now_ = now;
  refused_.clear();
  relays_wanted_again_ = {};
  for (std::size_t i = races_.size(); i-- > 0;) {
    const bool named = std::any_of(config_.relays.begin(), config_.relays.end(),
                                   [&](const RelayServer& r) { return same_place(r, races_[i]->server()); });
    if (!named) remove_race(now, i);
  }
  for (const RelayServer& server : config_.relays) take_credentials(now, server);
  if (!has_path()) signal_again_ = now;  // whoever carries signals now may not have carried the last one
  settle(now);
}

void Link::Impl::take_credentials(Time now, const RelayServer& server) {
  RelayRace* known = nullptr;
  for (auto& race : races_)
    if (same_place(race->server(), server) && !retiring_.contains(race.get())) known = race.get();
  if (!known) return add_race(now, server);
  if (!known->up() || !ends_soon(now, *known)) return known->set_server(now, server);
  add_race(now, server);
  retiring_[known].heir = races_.back().get();
}

bool Link::Impl::ends_soon(Time now, const RelayRace& race) const {
  return race.up() && (race.ends_at() != kNever || now - race.up_since() >= config_.renew_relays_after);
}

/// Made before broken: the old legs go when a pair over the new allocation works, and the old allocation when
/// nothing can be on its way to it any more.
void Link::Impl::retire(Time now) {
  constexpr Duration kUnderWay = 2s;
  if (retiring_.empty()) return;
  auto works = [&](const RelayRace& heir) {
    return heir.up() && now - heir.up_since() >= kForThePeer && agent_.any_pair([&](const ice::PairInfo& p) {
      const Leg* via = leg(p.leg);
      return via && via->race == &heir && p.state == ice::PairState::valid;
    });
  };
  for (std::size_t i = races_.size(); i-- > 0;) {
    const auto found = retiring_.find(races_[i].get());
    if (found == retiring_.end()) continue;
    Retiring& old = found->second;
    if (old.leave_at == kNever && works(*old.heir)) {
      remove_legs(now, *races_[i]);
      old.leave_at = now + kUnderWay;
    } else if (now >= old.leave_at || !races_[i]->up()) {
      remove_race(now, i);
    }
  }
}

void Link::Impl::remove_race(Time now, std::size_t index) {
  RelayRace& race = *races_[index];
  remove_legs(now, race);
  race.close(now);
  nest_.remove(race);
  retiring_.erase(&race);
  for (auto it = retiring_.begin(); it != retiring_.end();)
    it = it->second.heir == &race ? retiring_.erase(it) : std::next(it);
  refused_.erase(&race);
  races_.erase(races_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Link::Impl::ask_for_relays(Time now) {
  constexpr Duration kAgain = 30s;
  if (now < relays_wanted_again_) return;
  const bool wanted = std::any_of(races_.begin(), races_.end(), [&](const auto& race) {
    return !retiring_.contains(race.get()) &&
           (ends_soon(now, *race) || (ever_path_ && refused_.contains(race.get())));
  });
  if (!wanted) return;
  relays_wanted_again_ = now + kAgain;
  events_.push_back(RelaysWanted{});
}

Time Link::Impl::relays_due() const {
  Time due = kNever;
  for (const auto& [race, old] : retiring_) {
    const Time heir = old.heir->up() ? old.heir->up_since() + kForThePeer : kNever;
    due = std::min(due, old.leave_at != kNever ? old.leave_at : heir > now_ ? heir : kNever);
  }
  for (const auto& race : races_)
    if (race->up() && !retiring_.contains(race.get()))
      due = std::min(due, std::max(race->up_since() + config_.renew_relays_after, relays_wanted_again_));
  return due;
}

void Link::Impl::take_from_races(Time now) {
  for (auto& race : races_)
    while (auto event = race->next_event()) on_race_event(now, *race, *event);
}

void Link::Impl::on_race_event(Time now, RelayRace& race, const RelayRace::Event& event) {
  if (auto* data = std::get_if<RelayRace::Data>(&event)) {
    if (const Leg* via = leg(race, data->peer.family())) {
      on_packet(now, *via, data->peer, data->bytes);
    } else if (retiring_.contains(&race) && peer_relays_.contains(data->peer) &&
               stun::kind_of(data->bytes) != stun::Kind::stun) {
      receive(to_buffer(data->bytes));
    }
  } else if (auto* up = std::get_if<RelayRace::Up>(&event)) {
    on_relay_up(now, race, *up);
  } else if (auto* down = std::get_if<RelayRace::Down>(&event)) {
    on_relay_down(now, race, *down);
  }
}

void Link::Impl::on_relay_up(Time now, RelayRace& race, const RelayRace::Up& up) {
  refused_.erase(&race);
  servers_.insert(up.allocated.server);
  log_.write(LogLevel::info, "link: relay over " + std::string(name(up.transport)));
  for (const Endpoint& relayed : up.allocated.relayed) {
    Leg made;
    made.race = &race;
    made.address = relayed;
    add_leg(made);
    agent_.add_local(
        now, legs_.back().id,
        ice::make_candidate(ice::CandidateType::relay, relayed, relayed, up.allocated.server.ip));
  }
  bind_remote_relays(now, race);
}

void Link::Impl::on_relay_down(Time now, RelayRace& race, const RelayRace::Down& down) {
  remove_legs(now, race);
  if (down.refused) refused_.insert(&race);
}

void Link::Impl::remove_legs(Time now, const RelayRace& race) {
  for (const Leg& l : legs_)
    if (l.race == &race) agent_.remove_leg(now, l.id);
  std::erase_if(legs_, [&](const Leg& l) { return l.race == &race; });
}

/// To relays of the peer always; to its other addresses once they may be tried, where they are the world's.
bool Link::Impl::may_relay_to(const Endpoint& to) const {
  auto on_its_relay = [&](const Endpoint& relayed) { return relayed.ip == to.ip; };
  if (std::any_of(peer_relays_.begin(), peer_relays_.end(), on_its_relay)) return true;
  return allowed_ && !config_.relay_only && !to.ip.is_local();
}

// ---- sockets

void Link::Impl::on_network(Time now, const std::vector<IpAddress>& addresses) {
  if (!started_ || dead_) {
    addresses_ = addresses;
    if (prepared_ && !dead_) sockets_.set_addresses(now, addresses_);
    ++greeting_version_;
    return;
  }
  const bool same = addresses.size() == addresses_.size() &&
                    std::is_permutation(addresses.begin(), addresses.end(), addresses_.begin());
  if (same) return on_routes(now);
  const std::vector<IpAddress> before = std::exchange(addresses_, addresses);
  punched_out_ = false;
  if (uses_sockets()) {
    sockets_.set_addresses(now, addresses_);
    gather(now);
  }
  drop_punched(now, true);
  punch_.stop();
  for (auto& race : races_) {
    // Where the leg's own address is unknown the server could be asked, but it need not: none is left.
    const bool moved = race->up() && !any_left(before, addresses_, race->up()->allocated.server.ip);
    moved ? race->restart(now) : race->network_changed(now, addresses_);
  }
  take_from_sockets(now);
  take_from_races(now);
  agent_.check_again(now);
  settle(now);
}

/// The same addresses, perhaps by other ways: what works is asked, and what was tried in vain is tried at
/// once. (An address comes up before its routes.)
void Link::Impl::on_routes(Time now) {
  if (!ever_path_) return;
  const auto current = paths_.current();
  if (current && paths_.works(*current)) {
    agent_.ping(now, *current);
  } else {
    if (uses_sockets()) {
      sockets_.set_addresses(now, addresses_);
      gather(now);
    }
    for (auto& race : races_) race->network_changed(now, addresses_);
    take_from_races(now);
    agent_.check_again(now);
  }
  settle(now);
}

void Link::Impl::take_from_sockets(Time now) {
  while (auto event = sockets_.next_event()) {
    if (auto* opened = std::get_if<HostSockets::Opened>(&*event)) {
      if (allowed_) show_socket(now, opened->socket, opened->local);
    } else if (auto* closed = std::get_if<HostSockets::Closed>(&*event)) {
      if (const Leg* gone = leg(closed->socket)) agent_.remove_leg(now, gone->id);
      std::erase_if(legs_, [&](const Leg& l) { return l.socket == closed->socket; });
    }
  }
}

void Link::Impl::show_socket(Time now, SocketId socket, const Endpoint& local) {
  if (leg(socket)) return;
  Leg made;
  made.socket = socket;
  made.address = local;
  add_leg(made);
  agent_.add_local(now, legs_.back().id, ice::make_candidate(ice::CandidateType::host, local, local));
}

void Link::Impl::gather(Time now) {
  constexpr std::array<Duration, 3> kAgain = {8s, 20s, 60s};  // so at 2, 10, 30 s, then each minute
  gathered_at_ = now;
  if (gather_again_ != kNever) {
    gather_again_ = now + kAgain[std::min(gathers_, kAgain.size() - 1)];
    ++gathers_;
    agent_.check_again(now);
  }
  sockets_.gather(now);
}

bool Link::Impl::udp_blocked() const {
  bool relayed = false;
  for (const auto& race : races_) {
    if (!race->up()) continue;
    relayed = true;
    if (race->up()->transport == Transport::udp) return false;
  }
  const bool asked = !config_.stun.empty() && now_ - gathered_at_ >= kUdpVerdict;
  return relayed && uses_sockets() && asked && !sockets_.heard_stun();
}

// ---- legs

void Link::Impl::add_leg(Leg made) {
  made.id = ice::LegId{++last_leg_};
  legs_.push_back(made);
}

const Link::Impl::Leg* Link::Impl::leg(ice::LegId id) const {
  for (const Leg& l : legs_)
    if (l.id == id) return &l;
  return nullptr;
}

const Link::Impl::Leg* Link::Impl::leg(SocketId socket) const {
  for (const Leg& l : legs_)
    if (l.socket == socket) return &l;
  return nullptr;
}

const Link::Impl::Leg* Link::Impl::leg(const RelayRace& race, Family family) const {
  for (const Leg& l : legs_)
    if (l.race == &race && l.address.family() == family) return &l;
  return nullptr;
}

}  // namespace godesk::link
