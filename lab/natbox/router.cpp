#include "lab/natbox/router.h"

#include <algorithm>
#include <sstream>

namespace godesk::lab {
namespace {

/// Echo requests and their replies share a table.
int table_number(Protocol protocol) {
  return protocol == Protocol::echo_reply ? static_cast<int>(Protocol::echo_request)
                                          : static_cast<int>(protocol);
}

sim::LinkConfig tuned(sim::LinkConfig link, const std::string& what, double value) {
  const auto ms = std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(value));
  if (what == "delay") link.delay = ms;
  if (what == "queue") link.queue = ms;
  if (what == "rate") link.rate = BitsPerSecond{static_cast<std::int64_t>(value * 1000)};
  if (what == "loss") link.loss = value / 100;
  return link;
}

}  // namespace

const char* name(Drop reason) {
  static constexpr std::array<const char*, kDropReasons> names{
      "malformed", "hop_limit", "firewall", "unmapped", "no_route", "no_hairpin", "cut", "link"};
  return names[static_cast<std::size_t>(reason)];
}

Router::Router(RouterConfig config)
    : config_(std::move(config)), random_(config_.seed), up_(config_.up), down_(config_.down) {}

void Router::on_packet(Time now, int interface, Buffer bytes) {
  auto packet = Packet::parse(std::move(bytes));
  if (!packet) return drop(Drop::malformed);
  if (packet->destination().ip.is_multicast() || packet->destination().ip.is_link_local()) return;
  if (!packet->age()) return drop(Drop::hop_limit);
  if (severed(*packet)) return drop(Drop::cut);
  if (interface == kOutside) return carry(now, kOutside, true, down_, std::move(*packet));
  if (inside_of(packet->destination().ip)) return deliver(now, std::move(*packet));
  if (packet->destination().ip == config_.outside) return hairpin(now, std::move(*packet));
  outbound(now, std::move(*packet));
}

void Router::outbound(Time now, Packet packet) {
  if (!allows(packet.protocol(), packet.destination().port)) return drop(Drop::firewall);
  if (!translate_out(now, packet)) return drop(Drop::unmapped);
  if (severed(packet)) return drop(Drop::cut);
  carry(now, kOutside, false, up_, std::move(packet));
}

void Router::inbound(Time now, Packet packet) {
  if (!allows(packet.protocol(), packet.source().port)) return drop(Drop::firewall);
  if (!translate_in(now, packet)) return drop(Drop::unmapped);
  if (severed(packet)) return drop(Drop::cut);
  deliver(now, std::move(packet));
}

void Router::hairpin(Time now, Packet packet) {
  if (!config_.nat.kind.hairpin) return drop(Drop::no_hairpin);
  if (!translate_out(now, packet) || !translate_in(now, packet)) return drop(Drop::unmapped);
  deliver(now, std::move(packet));
}

bool Router::translate_out(Time now, Packet& packet) {
  sim::Nat* nat = table_for(packet, packet.source().ip);
  if (!nat) return !config_.outside || !packet.source().ip.is_v4();
  auto mapped = nat->outbound(now, packet.source(), packet.destination());
  if (mapped) packet.set_source(*mapped);
  return mapped.has_value();
}

bool Router::translate_in(Time now, Packet& packet) {
  const bool to_us = packet.destination().ip == config_.outside;
  sim::Nat* nat = table_for(packet, packet.destination().ip);
  if (!nat) return !config_.outside || !packet.destination().ip.is_v4();
  if (packet.destination().ip.is_v4() && !to_us) return false;
  auto inside = nat->inbound(now, packet.destination().port, packet.source());
  if (inside) packet.set_destination(*inside);
  return inside.has_value();
}

void Router::deliver(Time now, Packet packet) {
  auto interface = inside_of(packet.destination().ip);
  if (!interface) return drop(Drop::no_route);
  waiting_.emplace(now, Waiting{*interface, false, std::move(packet)});
}

void Router::carry(Time now, int interface, bool inbound, sim::LinkModel& link, Packet packet) {
  if (cut_) return drop(Drop::cut);
  auto arrival = link.carry(now, packet.bytes().size(), random_);
  if (!arrival) return drop(Drop::link);
  waiting_.emplace(*arrival, Waiting{interface, inbound, std::move(packet)});
}

std::optional<Router::Outgoing> Router::next_outgoing(Time now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    Waiting next = std::move(waiting_.extract(waiting_.begin()).mapped());
    if (next.inbound) {
      inbound(now, std::move(next.packet));
      continue;
    }
    ++forwarded_;
    return Outgoing{next.interface, next.packet.bytes()};
  }
  return std::nullopt;
}

bool Router::allows(Protocol protocol, std::uint16_t remote_port) const {
  if (config_.block_udp && protocol == Protocol::udp) return false;
  return config_.allowed.empty() || config_.allowed.contains({protocol, remote_port});
}

bool Router::severed(const Packet& packet) const {
  const auto& a = packet.source().ip;
  const auto& b = packet.destination().ip;
  return severed_.contains({std::min(a, b), std::max(a, b)});
}

std::optional<int> Router::inside_of(const IpAddress& ip) const {
  for (std::size_t i = 0; i < config_.insides.size(); ++i) {
    for (const Cidr& network : config_.insides[i])
      if (network.contains(ip)) return static_cast<int>(i);
  }
  return std::nullopt;
}

/// IPv4: the NAT. IPv6: a firewall, which is a NAT that keeps address and port. None: passed as it is.
sim::Nat* Router::table_for(const Packet& packet, const IpAddress& inside) {
  if (packet.protocol() == Protocol::other) return nullptr;
  const bool v4 = packet.source().ip.is_v4();
  if (v4 ? !config_.outside.has_value() : !config_.firewall6) return nullptr;
  sim::NatConfig how = config_.nat;
  if (!v4) {
    how.kind = {oracle::Dependence::endpoint_independent, oracle::Dependence::address_and_port_dependent,
                false};
    how.ports = sim::PortAllocation::preserving;
  }
  const IpAddress outside = v4 ? *config_.outside : inside;
  return &tables_.try_emplace({table_number(packet.protocol()), outside}, how, outside, random_)
              .first->second;
}

std::string Router::command(const std::string& line) {
  std::istringstream words(line);
  std::string verb, first, second;
  words >> verb >> first >> second;
  if (verb == "cut") return cut_ = true, "ok";
  if (verb == "heal") return cut_ = false, severed_.clear(), "ok";
  if (verb == "flush") return tables_.clear(), "ok";
  if (verb == "block-udp") return config_.block_udp = true, "ok";
  if (verb == "allow-udp") return config_.block_udp = false, "ok";
  if (verb == "stats") return stats();
  if (verb != "cut-direct") return tune(verb, first);
  auto a = IpAddress::parse(first), b = IpAddress::parse(second);
  if (!a || !b) return "error: cut-direct takes two addresses";
  severed_.insert({std::min(*a, *b), std::max(*a, *b)});
  return "ok";
}

std::string Router::tune(const std::string& what, const std::string& value) {
  const bool known = what == "delay" || what == "rate" || what == "loss" || what == "queue";
  if (!known) return "error: unknown command";
  double up = 0;
  char slash = 0;
  std::istringstream text(value);
  if (!(text >> up)) return "error: a number is missing";
  double down = up;
  if (text >> slash && (slash != '/' || !(text >> down))) return "error: UP/DOWN is not understood";
  up_.set(tuned(up_.config(), what, up));
  down_.set(tuned(down_.config(), what, down));
  return "ok";
}

std::string Router::stats() const {
  std::string text = "{\"forwarded\":" + std::to_string(forwarded_);
  for (std::size_t i = 0; i < kDropReasons; ++i)
    text += ",\"" + std::string(name(static_cast<Drop>(i))) + "\":" + std::to_string(dropped_[i]);
  return text + "}";
}

}  // namespace godesk::lab
