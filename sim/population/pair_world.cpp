#include "sim/population/pair_world.h"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <set>

#include "link/profile_probe.h"
#include "sim/population/site.h"

namespace godesk::population {
namespace {

using oracle::Dependence;
using sim::LinkConfig, sim::NatConfig, sim::NodeId;

constexpr Duration kSettled = 2s;  // after a direct path works at both ends
constexpr Duration kTick = 20ms;
constexpr Duration kIdle = 3s;       // between measuring and calling
constexpr Duration kAllTries = 14s;  // the third try, ten seconds after the first, and its three seconds
constexpr Duration kWithoutHope = 3500ms;  // where the oracle knows of no way: what does trying cost?

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
IpAddress nat64_prefix() { return ip("64:ff9b::"); }
Duration ms(double n) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(n));
}

NatConfig nat_of(const Access& a) {
  constexpr auto kEi = Dependence::endpoint_independent, kAd = Dependence::address_dependent,
                 kApd = Dependence::address_and_port_dependent;
  NatConfig c;
  c.kind = {kEi, kApd, a.hairpin};
  c.ports = sim::PortAllocation::preserving;
  if (a.nat >= NatClass::apd_preserving && a.nat <= NatClass::apd_block) c.kind.mapping = kApd;
  if (a.nat == NatClass::ei_ei) c.kind.filtering = kEi;
  if (a.nat == NatClass::ei_ad) c.kind.filtering = kAd;
  if (a.nat == NatClass::apd_preserving) c.ports = sim::PortAllocation::overloading;
  if (a.nat == NatClass::apd_sequential) c.ports = sim::PortAllocation::sequential;
  if (a.nat == NatClass::apd_block) c.ports = sim::PortAllocation::block;
  if (a.nat == NatClass::apd_random || a.nat == NatClass::ei_apd_random)
    c.ports = sim::PortAllocation::random;
  if (a.ipv6_only) c.kind = {kEi, kAd, a.hairpin}, c.ports = sim::PortAllocation::random;
  c.expiry = ms(a.life_answered_s * 1000), c.unanswered_expiry = ms(a.life_unanswered_s * 1000);
  c.inbound_refreshes = true;
  c.step = a.step, c.foreign_flows = a.flows_per_second, c.first_port = a.first_port;
  c.block_base = a.block_base, c.block_size = a.block_size;
  c.limits.sessions = a.sessions, c.limits.scan_ports = a.scan_ports;
  return c;
}

/// The addresses of one side of the pair.
struct Place {
  IpAddress outside, inside, v6;
};
const Place kPlaces[2] = {{ip("198.51.100.1"), ip("192.168.1.2"), ip("2001:db8:1::2")},
                          {ip("198.51.101.2"), ip("192.168.2.2"), ip("2001:db8:2::2")}};

/// What one side spent, counted on the wire.
struct Spent {
  std::set<Endpoint> ports;
  std::uint32_t probes = 0, most = 0;
  std::deque<Time> recent;

  void add(Time now, const Endpoint& to) {
    ports.insert(to);
    ++probes;
    while (!recent.empty() && now - recent.front() >= 100ms) recent.pop_front();
    recent.push_back(now);
    most = std::max(most, static_cast<std::uint32_t>(recent.size()));
  }
};

struct End {
  End(link::Config config, sim::SeededRandom chance)
      : random(chance), link(std::move(config), ids, random, log) {}
  NullLog log;
  Ids ids;
  sim::SeededRandom random;
  link::Link link;
  sim::ProcessId process{};
  std::optional<link::PathInfo> path;
  bool started = false, heard = false, speaks = false;

  bool direct() const { return path && path->kind == link::Kind::direct && link.has_path(); }
};

class PairWorld {
 public:
  PairWorld(const Strata& strata, const Pair& pair, Skill skill, std::ostream* story)
      : pair_(pair), skill_(skill), story_(story), world_(pair.seed), site_(world_.fork_random()) {
    site_host_ =
        world_.net.add_host(sim::NetworkId::internet, Site::addresses(), {.delay = 0ms}, {.delay = 0ms});
    world_.listen(world_.run(site_host_, site_), 443);
    const LinkConfig access{.delay = 0ms, .loss = strata.loss_per_crossing};
    for (std::size_t side : {0u, 1u}) place(side, access);
    world_.net.set_distance(edge_[0], edge_[1], ms(pair.rtt_ms / 2));
    world_.net.trace.tap = [this](const sim::TraceEntry& e, ByteView bytes) { count(e, bytes); };
  }

  Outcome run() {
    if (skill_ == Skill::full) measure();
    for (std::size_t side : {0u, 1u}) make_end(side);
    world_.run_for(kIdle);
    introduce();
    const Time click = world_.now();
    for (std::size_t side : {0u, 1u}) greetings_[side] = ends_[side]->link.greeting().value_or(Buffer{});
    start_at(0, click + ms(pair_.caller.rtt_ms));
    start_at(1, click + through_site());
    const bool hope = judge(pair_).way != Way::none;
    world_.run_until([&] { return first_at_ != kNever && settled(); }, hope ? kAllTries : kWithoutHope);
    return outcome(click);
  }

 private:
  bool settled() {
    if (ends_[0]->direct() && ends_[1]->direct()) return true;
    if (!ends_[0]->link.direct_works() || !ends_[1]->link.direct_works()) return false;
    if (works_at_ == kNever) works_at_ = world_.now();
    return world_.now() - works_at_ >= kSettled;
  }

  const Access& access(std::size_t side) const { return side == 0 ? pair_.caller : pair_.host; }
  Duration through_site() const { return ms((pair_.caller.rtt_ms + pair_.host.rtt_ms) / 2); }

  void place(std::size_t side, const LinkConfig& up_down) {
    const Access& a = access(side);
    const Place& at = kPlaces[side];
    const LinkConfig lan{.delay = 50us};
    const bool open = a.nat == NatClass::open && !a.ipv6_only;
    std::vector<IpAddress> addresses;
    if (!a.ipv6_only) addresses.push_back(open ? at.outside : at.inside);
    if (a.ipv6) addresses.push_back(at.v6);
    if (open) {
      node_[side] = edge_[side] = world_.net.add_host(sim::NetworkId::internet, addresses, up_down, up_down);
    } else {
      auto home = world_.net.add_nat(nat_of(a), sim::NetworkId::internet, at.outside, up_down, up_down);
      world_.net.block_udp(home, a.nat == NatClass::udp_blocked);
      if (a.ipv6_only) world_.net.set_nat64(home, nat64_prefix());
      node_[side] = world_.net.add_host(home, addresses, lan, lan);
      edge_[side] = world_.net.gateway(home);
    }
    world_.net.set_distance(edge_[side], site_host_, ms(a.rtt_ms / 2));
  }

  /// What both have done in the background.
  void measure() {
    std::optional<link::ProfileProbe> probes[2];
    Ids ids[2];
    sim::SeededRandom randoms[2] = {world_.fork_random(), world_.fork_random()};
    sim::ProcessId processes[2]{};
    for (std::size_t side : {0u, 1u}) {
      link::ProbeConfig c;
      for (const IpAddress& server : Site::addresses()) c.vantages.stun.push_back({server.to_string(), 3478});
      c.vantages.second_port = 443;
      c.interfaces = world_.net.addresses(node_[side]);
      c.hairpin = false;
      probes[side].emplace(std::move(c), ids[side], randoms[side]);
      processes[side] = world_.run(node_[side], *probes[side]);
      probes[side]->start(world_.now());
      world_.poke(processes[side]);
    }
    world_.run_until([&] { return probes[0]->done() && probes[1]->done(); }, 5s);
    for (std::size_t side : {0u, 1u}) {
      if (probes[side]->done()) measured_[side] = *probes[side]->result();
      world_.stop(processes[side]);
    }
  }

  /// What the ID server says of either side's address to the other.
  void introduce() {
    sim::SeededRandom random = world_.fork_random();
    const stun::Opening openings[2] = {random.bytes<16>(), random.bytes<16>()};
    for (std::size_t side : {0u, 1u})
      seen_[side] = stun::Seen{openings[side], stun::seen_mark(openings[1 - side], seen_as(1 - side))};
  }

  /// By the ID server; IPv4 for everyone, as an IPv6-only side speaks to it through its NAT64.
  IpAddress seen_as(std::size_t side) const {
    const IpAddress site = access(side).ipv6_only ? sim::embed(nat64_prefix(), Site::v4()) : Site::v4();
    return world_.net.route(node_[side], site)->seen_as;
  }

  link::Config config(std::size_t side) const {
    link::Config c;
    c.role = side == 0 ? link::Role::caller : link::Role::host;
    for (const IpAddress& server : Site::addresses()) c.stun.push_back({server.to_string(), 3478});
    if (measured_[side]) c.profile = measured_[side]->profile;
    return c;
  }

  /// What comes with the introduction.
  link::Config introduction(std::size_t side) {
    link::Config c;
    const IpAddress relay = access(side).ipv6_only ? Site::v6() : Site::v4();
    link::RelayServer r;
    r.udp = r.tcp = HostPort{relay.to_string(), 3478};
    r.tls = HostPort{relay.to_string(), 443};
    r.username = side == 0 ? "caller" : "host", r.password = "secret";
    r.realm = site_.server().realm();
    const auto route = world_.net.route(node_[side], relay);
    r.nonce = site_.server().issue_nonce(world_.now(), route->seen_as);
    r.relayed = site_.propose(r.username);
    c.relays = {r};
    c.seen = seen_[side];
    c.early_direct = true;
    c.greeting = greetings_[1 - side];
    const double longest = std::max(pair_.caller.rtt_ms, pair_.host.rtt_ms);
    c.start_in = ms((longest - access(side).rtt_ms) / 2);
    c.udp_was_blocked = measured_[side] && measured_[side]->profile.udp_blocked;
    return c;
  }

  void make_end(std::size_t side) {
    ends_[side].emplace(config(side), world_.fork_random());
    End& end = *ends_[side];
    end.process = world_.run(node_[side], end.link, [this, side](Time now) { drain(side, now); });
    if (skill_ == Skill::plain) return;
    end.link.prepare(world_.now());
    world_.poke(end.process);
  }

  void start_at(std::size_t side, Time when) {
    world_.at(when, [this, side] {
      End& end = *ends_[side];
      end.started = true;
      if (measured_[side]) {
        ice::NatProfile profile = measured_[side]->profile;
        profile.last_port_age = world_.now() - measured_[side]->last_port_at;
        end.link.set_profile(world_.now(), profile);
      }
      end.link.introduce(introduction(side));
      end.link.start(world_.now());
      end.link.allow_direct(world_.now());
      world_.poke(end.process);
    });
  }

  void drain(std::size_t side, Time now) {
    while (auto event = ends_[side]->link.next_event()) {
      if (auto* signal = std::get_if<link::Signal>(&*event)) {
        carry(1 - side, now + through_site(), std::move(signal->bytes));
      } else if (std::holds_alternative<link::Received>(*event)) {
        if (first_at_ == kNever) first_at_ = now;
        ends_[side]->heard = true;
        if (side == 1) speak(1);
      } else if (auto* changed = std::get_if<link::PathChanged>(&*event)) {
        on_path(side, now, changed->path);
      } else if (auto* dead = std::get_if<link::Dead>(&*event)) {
        tell(side, now, "dead: " + std::string(link::name(dead->reason)));
      }
    }
    if (side == 0 && (ends_[0]->link.has_path() || ends_[0]->link.ahead())) speak(0);
  }

  /// As QUIC does: the caller begins as soon as it may, the host has nothing to say before it heard
  /// something.
  void speak(std::size_t side) {
    if (!std::exchange(ends_[side]->speaks, true)) world_.at(world_.now(), [this, side] { talk(side); });
  }

  void carry(std::size_t to, Time when, Buffer bytes) {
    world_.at(when, [this, to, bytes = std::move(bytes)] {
      if (!ends_[to]->started) return;
      ends_[to]->link.on_signal(world_.now(), bytes);
      world_.poke(ends_[to]->process);
    });
  }

  void on_path(std::size_t side, Time now, const link::PathInfo& path) {
    End& end = *ends_[side];
    end.path = path;
    tell(side, now,
         std::string(link::name(path.kind)) + " " + std::string(link::name(path.transport)) + " " +
             (path.how ? std::string(link::name(*path.how)) : "") +
             (path.why ? std::string(link::name(*path.why)) : "") + " " + path.remote.to_string());
    if (end.direct() && direct_at_[side] == kNever) direct_at_[side] = now;
  }

  /// Again until there is an answer.
  void talk(std::size_t side) {
    if (ends_[1 - side]->heard) return;
    const Buffer packet(200, 0x40);
    ends_[side]->link.send(world_.now(), packet, link::Urgency::bulk);
    world_.poke(ends_[side]->process);
    world_.at(world_.now() + kTick, [this, side] { talk(side); });
  }

  /// The peer's bytes on the last stretch: Data indications (RFC 8656 11.6) and ChannelData.
  void note_relayed(const sim::TraceEntry& e, ByteView bytes) {
    const bool indication = bytes.size() > 1 && bytes[0] == 0x00 && bytes[1] == 0x17;
    const bool relayed = indication || e.kind == sim::DatagramKind::channel;
    if (byte_at_ == kNever && relayed && e.fate == sim::Fate::delivered && e.from.port == 3478)
      byte_at_ = e.time;
  }

  void count(const sim::TraceEntry& e, ByteView bytes) {
    note_relayed(e, bytes);
    if (story_ && e.kind == sim::DatagramKind::stun) *story_ << "  " << e.to_string() << "\n";
    if (e.fate != sim::Fate::sent || e.kind != sim::DatagramKind::stun) return;
    const IpAddress to = sim::embedded(nat64_prefix(), e.to.ip).value_or(e.to.ip);
    const auto servers = Site::addresses();
    if (std::find(servers.begin(), servers.end(), to) != servers.end()) return;
    for (std::size_t side : {0u, 1u}) {
      const auto& own = world_.net.addresses(node_[side]);
      if (std::find(own.begin(), own.end(), e.from.ip) != own.end()) spent_[side].add(e.time, e.to);
    }
  }

  void tell(std::size_t side, Time now, const std::string& what) {
    if (story_)
      *story_ << to_ms(now.time_since_epoch()) << " ms " << (side == 0 ? "caller " : "host ") << what << "\n";
  }

  Outcome outcome(Time click) const {
    Outcome o;
    o.connected = first_at_ != kNever;
    if (o.connected) o.first_ms = to_ms(first_at_ - click);
    if (o.connected) o.byte_ms = to_ms(std::min(byte_at_, first_at_) - click);
    const bool used = ends_[0]->direct() && ends_[1]->direct();
    o.direct = used || (ends_[0]->link.direct_works() && ends_[1]->link.direct_works());
    o.relay_won = o.direct && !used;
    if (used) o.direct_ms = to_ms(std::max(direct_at_[0], direct_at_[1]) - click);
    for (const Spent& s : spent_) {
      o.probes = std::max(o.probes, s.probes);
      o.ports = std::max(o.ports, static_cast<std::uint32_t>(s.ports.size()));
      o.probes_100_ms = std::max(o.probes_100_ms, s.most);
    }
    for (const auto& end : ends_)
      o.sockets = std::max(o.sockets, static_cast<std::uint32_t>(end->link.punch_cost().sockets));
    const auto& path = ends_[0]->path;
    auto put = [](char(&to)[16], std::string_view word) { word.copy(to, sizeof to - 1); };
    if (path && path->how) put(o.how, link::name(*path->how));
    if (path && path->why) put(o.why, link::name(*path->why));
    return o;
  }

  const Pair& pair_;
  Skill skill_;
  std::ostream* story_;
  sim::World world_;
  Site site_;
  NodeId site_host_{}, node_[2]{}, edge_[2]{};
  std::optional<link::ProfileResult> measured_[2];
  std::optional<stun::Seen> seen_[2];
  Buffer greetings_[2];
  std::optional<End> ends_[2];
  Spent spent_[2];
  Time byte_at_ = kNever, first_at_ = kNever, works_at_ = kNever, direct_at_[2] = {kNever, kNever};
};

}  // namespace

Outcome run_pair(const Strata& strata, const Pair& pair, Skill skill, std::ostream* story) {
  return PairWorld(strata, pair, skill, story).run();
}

}  // namespace godesk::population
