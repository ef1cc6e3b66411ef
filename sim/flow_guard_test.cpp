#include "sim/flow_guard.h"

#include <gtest/gtest.h>

namespace godesk::sim {
namespace {

Endpoint at(const char* text) { return *Endpoint::parse(text); }
Endpoint peer(std::uint16_t port) { return {*IpAddress::parse("203.0.113.1"), port}; }
const Endpoint kInside = at("192.168.1.2:5000"), kStranger = at("203.0.113.2:10");
constexpr Time kStart = Time{} + 100s;

TEST(FlowGuard, AFullTableRefusesNewSessionsAndKeepsTheOldUntilTheyExpire) {
  FlowGuard guard({.sessions = 3});
  for (std::uint16_t port : {1, 2, 3}) EXPECT_TRUE(guard.admits(kStart, kInside, peer(port), 30s));
  EXPECT_FALSE(guard.admits(kStart, kInside, peer(4), 30s));
  EXPECT_TRUE(guard.admits(kStart + 20s, kInside, peer(1), 30s)) << "an old one is refreshed";
  EXPECT_TRUE(guard.admits(kStart + 31s, kInside, peer(4), 30s)) << "the other two have expired";
}

TEST(FlowGuard, WhoReachesForManyPortsOfOneAddressIsSeveredFromItForAWhile) {
  FlowGuard guard({.scan_ports = 10, .scan_window = 5s, .scan_penalty = 60s});
  for (std::uint16_t port = 1; port <= 10; ++port)
    EXPECT_TRUE(guard.admits(kStart, kInside, peer(port), 30s));
  EXPECT_TRUE(guard.admits(kStart, kInside, peer(3), 30s)) << "the same port again is no scan";
  EXPECT_FALSE(guard.severed(kStart, kInside.ip, peer(1).ip));
  EXPECT_FALSE(guard.admits(kStart, kInside, peer(11), 30s));
  EXPECT_FALSE(guard.admits(kStart + 1s, kInside, peer(1), 30s));
  EXPECT_TRUE(guard.severed(kStart + 59s, kInside.ip, peer(1).ip));
  EXPECT_TRUE(guard.admits(kStart, kInside, kStranger, 30s)) << "others are not concerned";
  EXPECT_TRUE(guard.admits(kStart + 61s, kInside, peer(11), 30s));
}

TEST(FlowGuard, SlowVisitsAreNoScan) {
  FlowGuard guard({.scan_ports = 10, .scan_window = 5s});
  for (std::uint16_t port = 1; port <= 100; ++port)
    EXPECT_TRUE(guard.admits(kStart + port * 1s, kInside, peer(port), 30s));
}

}  // namespace
}  // namespace godesk::sim
