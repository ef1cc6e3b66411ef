#include "link/path_words.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

using Type = ice::CandidateType;

How how(const char* local, const char* remote, Type remote_type) {
  ice::PairInfo pair;
  pair.local.ip = *IpAddress::parse(local);
  pair.remote.ip = *IpAddress::parse(remote);
  pair.remote_type = remote_type;
  return how_of(pair);
}

TEST(PathWords, HowADirectPathWasFound) {
  EXPECT_EQ(how("192.168.1.2", "192.168.1.3", Type::host), How::lan);
  EXPECT_EQ(how("192.168.1.2", "10.0.0.3", Type::host), How::lan);
  EXPECT_EQ(how("192.168.1.2", "192.168.1.3", Type::peer_reflexive), How::lan);
  EXPECT_EQ(how("127.0.0.1", "127.0.0.1", Type::host), How::lan);
  EXPECT_EQ(how("2001:db8:1::2", "2001:db8:1::3", Type::host), How::lan);
  EXPECT_EQ(how("192.168.1.2", "198.51.100.1", Type::server_reflexive), How::reflexive);
  EXPECT_EQ(how("192.168.1.2", "198.51.100.1", Type::host), How::reflexive);
  EXPECT_EQ(how("192.168.1.2", "198.51.100.1", Type::peer_reflexive), How::peer_reflexive);
  EXPECT_EQ(how("192.168.1.2", "10.64.0.9", Type::peer_reflexive), How::peer_reflexive);
  EXPECT_EQ(how("2001:db8:1::2", "2001:db8:2::2", Type::host), How::ipv6);
  EXPECT_EQ(how("2001:db8:1::2", "2001:db8:2::2", Type::peer_reflexive), How::ipv6);
}

TEST(PathWords, WhyARelayCarriesTheSession) {
  struct Row {
    RelayFacts facts;
    Why why;
  };
  const Row rows[] = {
      {{}, Why::login},
      {{.relay_only = true}, Why::relay_only},
      {{.relay_only = true, .allowed = true, .had_direct = true}, Why::relay_only},
      {{.allowed = true}, Why::connecting},
      {{.allowed = true, .tried = true, .punching = true}, Why::punching},
      {{.allowed = true, .tried = true}, Why::hard_nat},
      {{.allowed = true, .udp_blocked = true, .tried = true, .punching = true}, Why::udp_blocked},
      {{.allowed = true, .family_differs = true, .tried = true}, Why::family},
      {{.allowed = true, .had_direct = true, .udp_blocked = true, .tried = true}, Why::direct_lost},
  };
  for (const Row& row : rows) EXPECT_EQ(name(why_of(row.facts)), name(row.why));
}

}  // namespace
}  // namespace godesk::link
