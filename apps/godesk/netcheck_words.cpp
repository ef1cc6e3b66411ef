#include "netcheck_words.h"

#include <algorithm>

namespace godesk::app {
namespace {

using ice::Allocation;
using ice::Filtering;
using ice::Mapping;

/// As the user named it, the port only where it is not the usual one.
std::string name_of(const HostPort& relay) {
  constexpr std::uint16_t kUsual = 3478;
  if (relay.port == kUsual) return relay.host;
  const bool brackets = relay.host.find(':') != std::string::npos;
  return (brackets ? "[" + relay.host + "]" : relay.host) + ":" + std::to_string(relay.port);
}

std::string prefix_text(const ice::Nat64Prefix& prefix) {
  return prefix.network.to_string() + "/" + std::to_string(prefix.bits);
}

bool has_relay(const link::ProfileResult& result) {
  return std::any_of(result.relays.begin(), result.relays.end(),
                     [](const auto& r) { return r.rtt.has_value(); });
}

/// NATs whose outside port nobody can know before.
std::string symmetric_advice(const ice::NatProfile& p) {
  const std::string ipv6 =
      p.ipv6 ? " IPv6 works here and avoids it where the other side has it too." : " IPv6 would avoid it.";
  if (p.allocation == Allocation::random || p.allocation == Allocation::unknown)
    return "The router gives every connection a port at random: direct connections take a second or more, "
           "and "
           "with another network of this kind a relay carries the session." +
           ipv6;
  return "The router gives every connection another port, but in a way that can be foreseen: direct "
         "connections "
         "work with nearly every network." +
         ipv6;
}

std::string mapping_text(const ice::NatProfile& p) {
  if (p.mapping == Mapping::unknown) return "";
  return p.mapping == Mapping::none ? "none" : std::string(name(p.mapping)) + " mapping";
}

const char* yes_no(bool yes) { return yes ? "yes" : "no"; }

void row(std::string& table, const std::string& what, const std::string& value) {
  if (!value.empty())
    table += what + std::string(std::max<int>(1, 16 - static_cast<int>(what.size())), ' ') + value + "\n";
}

std::string allocation_text(const ice::NatProfile& p) {
  std::string text(p.allocation == Allocation::unknown ? "" : name(p.allocation));
  if (p.allocation == Allocation::sequential)
    text +=
        ", step " + std::to_string(p.step) + ", " + std::to_string(p.flows_per_second) + " others a second";
  if (p.allocation == Allocation::block)
    text += " of " + std::to_string(p.block_size) + " ports from " + std::to_string(p.block_base);
  return text;
}

std::string ipv6_text(const ice::NatProfile& p) {
  if (!p.ipv6) return "no";
  if (!p.ipv6_filtered) return "yes";
  return *p.ipv6_filtered ? "yes, a firewall lets in answers only" : "yes, open";
}

}  // namespace

Json netcheck_fields(const link::ProfileResult& result) {
  const ice::NatProfile& p = result.profile;
  Json fields = {{"udp", !p.udp_blocked}, {"ipv4", p.outside.has_value()}, {"ipv6", p.ipv6}};
  if (p.ipv6_filtered) fields["ipv6_filtered"] = *p.ipv6_filtered;
  if (p.mapping != Mapping::unknown) fields["mapping"] = name(p.mapping);
  if (p.filtering != Filtering::unknown) fields["filtering"] = name(p.filtering);
  if (p.allocation != Allocation::unknown) fields["allocation"] = name(p.allocation);
  if (p.allocation == Allocation::sequential) {
    fields["step"] = p.step;
    fields["flows_s"] = p.flows_per_second;
  }
  if (p.allocation == Allocation::block) {
    fields["block_base"] = p.block_base;
    fields["block_size"] = p.block_size;
  }
  if (p.hairpin) fields["hairpin"] = *p.hairpin;
  fields["nat64"] = p.nat64.has_value();
  if (p.nat64) fields["nat64_prefix"] = prefix_text(*p.nat64);
  fields["proxy"] = p.proxy;
  if (p.outside) fields["outside"] = p.outside->to_string();
  fields["relays"] = Json::array();
  for (const auto& relay : result.relays) {
    Json entry = {{"name", name_of(relay.relay)}};
    if (relay.rtt) entry["rtt_ms"] = ms(*relay.rtt);
    fields["relays"].push_back(std::move(entry));
  }
  fields["advice"] = netcheck_advice(result);
  return fields;
}

std::string netcheck_table(const link::ProfileResult& result) {
  const ice::NatProfile& p = result.profile;
  std::string table;
  row(table, "UDP", p.udp_blocked ? "blocked" : "works");
  row(table, "IPv4", p.outside ? "seen as " + p.outside->to_string() : "no");
  row(table, "IPv6", ipv6_text(p));
  row(table, "NAT", mapping_text(p));
  row(table, "Lets in",
      p.filtering == Filtering::unknown ? "" : std::string(name(p.filtering)) + " filtering");
  row(table, "Ports", allocation_text(p));
  row(table, "Hairpin", p.hairpin ? yes_no(*p.hairpin) : "");
  row(table, "NAT64", p.nat64 ? prefix_text(*p.nat64) : "");
  row(table, "HTTP proxy", p.proxy ? "yes" : "");
  for (const auto& relay : result.relays)
    row(table, "Relay",
        name_of(relay.relay) + (relay.rtt
                                    ? ", " + std::to_string(static_cast<int>(to_ms(*relay.rtt) + 0.5)) + " ms"
                                    : ", no answer over UDP"));
  return table + netcheck_advice(result);
}

std::string netcheck_advice(const link::ProfileResult& result) {
  const ice::NatProfile& p = result.profile;
  if (p.udp_blocked)
    return std::string("This network lets no UDP out: a relay carries every session over TLS") +
           (p.proxy ? " through the proxy" : "") +
           ". For direct connections ask its operator to allow outgoing UDP.";
  switch (p.mapping) {
    case Mapping::none:
      if (p.filtering == Filtering::endpoint_independent)
        return "This computer has a public address and no firewall before it: everybody can connect "
               "directly.";
      return "This computer has a public address: direct connections work with every network that lets UDP "
             "out.";
    case Mapping::endpoint_independent:
      return "Direct connections work with nearly every network.";
    case Mapping::address_dependent:
    case Mapping::address_and_port_dependent:
      return symmetric_advice(p);
    case Mapping::unknown:
      break;
  }
  if (p.ipv6)
    return "Only IPv6 was seen to work: direct connections need IPv6 on the other side, else a relay helps.";
  return has_relay(result) ? "Too little answered to say more: a relay is reachable."
                           : "Too little answered to say more: try again.";
}

}  // namespace godesk::app
