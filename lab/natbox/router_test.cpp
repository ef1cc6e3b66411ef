#include "lab/natbox/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/natbox/test_packets.h"

namespace godesk::lab {
namespace {

using testing::Eq;
using testing::HasSubstr;

constexpr const char* kServer = "198.51.100.10:3478";
constexpr Time kStart{1s};

RouterConfig home() {
  RouterConfig config;
  config.insides = {{*Cidr::parse("192.168.1.2")}, {*Cidr::parse("192.168.1.3")}};
  config.outside = IpAddress::parse("203.0.113.7");
  config.nat.kind.filtering = oracle::Dependence::address_and_port_dependent;
  config.nat.ports = sim::PortAllocation::preserving;
  return config;
}

struct Sent {
  int interface;
  std::string from, to;
  bool operator==(const Sent&) const = default;
};

/// Hands one packet over and gives what leaves at `later`.
std::optional<Sent> through(Router& router, int interface, const char* from, const char* to,
                            Protocol protocol = Protocol::udp, Duration later = 0ms) {
  router.on_packet(kStart, interface, make_packet(protocol, from, to));
  auto out = router.next_outgoing(kStart + later);
  if (!out) return std::nullopt;
  EXPECT_TRUE(checksums_hold(out->bytes));
  auto packet = Packet::parse(out->bytes);
  return Sent{out->interface, packet->source().to_string(), packet->destination().to_string()};
}

TEST(Router, TranslatesOutAndBack) {
  Router router(home());
  for (Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    EXPECT_THAT(through(router, 0, "192.168.1.2:5000", kServer, protocol),
                Eq(Sent{Router::kOutside, "203.0.113.7:5000", kServer}));
    EXPECT_THAT(through(router, Router::kOutside, kServer, "203.0.113.7:5000", protocol),
                Eq(Sent{0, kServer, "192.168.1.2:5000"}));
  }
}

TEST(Router, AnEchoFindsItsWayBack) {
  Router router(home());
  through(router, 0, "192.168.1.2:7000", "198.51.100.10:0", Protocol::echo_request);
  EXPECT_THAT(through(router, Router::kOutside, "198.51.100.10:0", "203.0.113.7:7000", Protocol::echo_reply),
              Eq(Sent{0, "198.51.100.10:0", "192.168.1.2:7000"}));
}

TEST(Router, LetsNobodyInUnasked) {
  Router router(home());
  through(router, 0, "192.168.1.2:5000", kServer);
  EXPECT_FALSE(through(router, Router::kOutside, "198.51.100.99:1", "203.0.113.7:5000"));
  EXPECT_THAT(router.dropped(Drop::unmapped), Eq(1u));
  EXPECT_FALSE(through(router, Router::kOutside, kServer, "192.168.1.2:5000"));
}

TEST(Router, ForgetsWhenFlushed) {
  Router router(home());
  through(router, 0, "192.168.1.2:5000", kServer);
  EXPECT_THAT(router.command("flush"), Eq("ok"));
  EXPECT_FALSE(through(router, Router::kOutside, kServer, "203.0.113.7:5000"));
}

TEST(Router, SwitchesBetweenItsInsides) {
  Router router(home());
  EXPECT_THAT(through(router, 0, "192.168.1.2:1", "192.168.1.3:2"),
              Eq(Sent{1, "192.168.1.2:1", "192.168.1.3:2"}));
}

TEST(Router, HairpinsOnlyIfItCan) {
  RouterConfig config = home();
  Router plain(config);
  EXPECT_FALSE(through(plain, 0, "192.168.1.2:1024", "203.0.113.7:2000"));
  EXPECT_THAT(plain.dropped(Drop::no_hairpin), Eq(1u));
  config.nat.kind = {.hairpin = true};
  Router turning(config);
  through(turning, 1, "192.168.1.3:2000", kServer);
  EXPECT_THAT(through(turning, 0, "192.168.1.2:1024", "203.0.113.7:2000"),
              Eq(Sent{1, "203.0.113.7:1024", "192.168.1.3:2000"}));
}

TEST(Router, LetsOnlyTheAllowedThrough) {
  RouterConfig config = home();
  config.allowed = {{Protocol::tcp, 443}};
  Router router(config);
  EXPECT_FALSE(through(router, 0, "192.168.1.2:5000", kServer));
  EXPECT_FALSE(through(router, 0, "192.168.1.2:5000", "198.51.100.10:80", Protocol::tcp));
  EXPECT_TRUE(through(router, 0, "192.168.1.2:5000", "198.51.100.10:443", Protocol::tcp));
  EXPECT_TRUE(through(router, Router::kOutside, "198.51.100.10:443", "203.0.113.7:5000", Protocol::tcp));
  EXPECT_THAT(router.dropped(Drop::firewall), Eq(2u));
}

TEST(Router, AFirewallForIpv6OpensFromInside) {
  RouterConfig config;
  config.insides = {{*Cidr::parse("2001:db8:a::2")}};
  config.firewall6 = true;
  Router router(config);
  EXPECT_FALSE(through(router, Router::kOutside, "[2001:db8:b::2]:9000", "[2001:db8:a::2]:5000"));
  EXPECT_THAT(through(router, 0, "[2001:db8:a::2]:5000", "[2001:db8:b::2]:9000"),
              Eq(Sent{Router::kOutside, "[2001:db8:a::2]:5000", "[2001:db8:b::2]:9000"}));
  EXPECT_TRUE(through(router, Router::kOutside, "[2001:db8:b::2]:9000", "[2001:db8:a::2]:5000"));
}

TEST(Router, CutsBetweenTwoAddressesAndHeals) {
  Router router(home());
  EXPECT_THAT(router.command("cut-direct 203.0.113.7 198.51.100.10"), Eq("ok"));
  EXPECT_FALSE(through(router, 0, "192.168.1.2:5000", kServer));
  EXPECT_TRUE(through(router, 0, "192.168.1.2:5000", "198.51.100.11:3478"));
  router.command("heal");
  EXPECT_TRUE(through(router, 0, "192.168.1.2:5000", kServer));
  router.command("cut");
  EXPECT_FALSE(through(router, 0, "192.168.1.2:5000", kServer));
  EXPECT_THAT(router.command("stats"), HasSubstr("\"cut\":2"));
}

TEST(Router, DelaysEachDirectionOnItsOwn) {
  Router router(home());
  EXPECT_THAT(router.command("delay 25/40"), Eq("ok"));
  EXPECT_FALSE(through(router, 0, "192.168.1.2:5000", kServer, Protocol::udp, 24ms));
  EXPECT_TRUE(router.next_outgoing(kStart + 25ms));
  EXPECT_FALSE(through(router, Router::kOutside, kServer, "203.0.113.7:5000", Protocol::udp, 39ms));
  EXPECT_THAT(router.next_deadline(), Eq(kStart + 40ms));
  EXPECT_TRUE(router.next_outgoing(kStart + 40ms));
}

TEST(Router, RefusesUnknownCommands) {
  Router router(home());
  for (const char* line : {"", "explode", "delay", "delay x", "delay 1:2", "cut-direct a b"})
    EXPECT_THAT(router.command(line), HasSubstr("error")) << line;
}

}  // namespace
}  // namespace godesk::lab
