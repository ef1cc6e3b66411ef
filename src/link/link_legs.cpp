// Sockets and allocations as legs of the agent.
#include <algorithm>

#include "link/link_impl.h"

namespace godesk::link {
namespace {

constexpr Duration kUdpVerdict = 1500ms;  // without an answer of any STUN server for so long: UDP is blocked

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
  config.stagger = config_.leg_stagger;
  races_.push_back(std::make_unique<RelayRace>(std::move(config), ids_, random_, log_));
  nest_.add(*races_.back());
  races_.back()->start(now);
}

void Link::Impl::set_relays(Time now, std::vector<RelayServer> relays) {
  config_.relays = std::move(relays);
  if (!started_ || dead_) return;
  refused_.clear();
  auto named = [&](const RelayServer& s) {
    return std::find_if(config_.relays.begin(), config_.relays.end(),
                        [&](const RelayServer& r) { return same_place(r, s); });
  };
  for (std::size_t i = races_.size(); i-- > 0;) {
    RelayRace& race = *races_[i];
    if (auto fresh = named(race.server()); fresh != config_.relays.end()) {
      race.set_server(now, *fresh);
      continue;
    }
    remove_legs(now, race);
    race.close(now);
    nest_.remove(race);
    races_.erase(races_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (const RelayServer& server : config_.relays) {
    const bool known = std::any_of(races_.begin(), races_.end(),
                                   [&](const auto& race) { return same_place(race->server(), server); });
    if (!known) add_race(now, server);
  }
  settle(now);
}

void Link::Impl::take_from_races(Time now) {
  for (auto& race : races_)
    while (auto event = race->next_event()) on_race_event(now, *race, *event);
}

void Link::Impl::on_race_event(Time now, RelayRace& race, const RelayRace::Event& event) {
  if (auto* data = std::get_if<RelayRace::Data>(&event)) {
    if (const Leg* via = leg(race, data->peer.family())) on_packet(now, *via, data->peer, data->bytes);
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
    add_leg(now, made);
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
  const bool global = !to.ip.is_private() && !to.ip.is_loopback() && !to.ip.is_link_local();
  return allowed_ && !config_.relay_only && global;
}

// ---- sockets

void Link::Impl::on_network(Time now, const std::vector<IpAddress>& addresses) {
  if (!started_ || dead_) {
    addresses_ = addresses;
    return;
  }
  const bool same = addresses.size() == addresses_.size() &&
                    std::is_permutation(addresses.begin(), addresses.end(), addresses_.begin());
  if (same) return;
  addresses_ = addresses;
  punched_out_ = false;
  if (uses_sockets()) {
    sockets_.set_addresses(now, addresses_);
    gather(now);
  }
  drop_punched(now, true);
  punch_.stop();
  for (auto& race : races_) race->network_changed(now, addresses_);
  take_from_sockets(now);
  take_from_races(now);
  agent_.check_again(now);
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
  add_leg(now, made);
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

void Link::Impl::add_leg(Time, Leg made) {
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
