#include "rendezvous/services.h"

#include <gtest/gtest.h>

namespace godesk::rendezvous {
namespace {

Relay relay_at(const char* host, bool here) {
  Relay relay;
  relay.udp = HostPort{host, 3478};
  relay.tls = HostPort{host, 443};
  relay.here = here;
  return relay;
}
IpAddress ip(const char* text) { return *IpAddress::parse(text); }

TEST(Services, TheAddressInUseComesFirst) {
  Services services{
      {{"198.51.100.10", 3479}}, {relay_at("far.example", false), relay_at("198.51.100.10", true)}, {}};
  const Endpoint relayed{ip("198.51.100.10"), 50000};
  services.relays[1].relayed = relayed;
  prefer_address(services, ip("10.0.0.5"));
  EXPECT_EQ(services.stun, (std::vector<HostPort>{{"10.0.0.5", 3479}, {"198.51.100.10", 3479}}));
  ASSERT_EQ(services.relays.size(), 3u);
  Relay moved = relay_at("10.0.0.5", true);
  moved.relayed = relayed;
  EXPECT_EQ(services.relays[0], moved);
  EXPECT_FALSE(services.relays[2].relayed) << "both cannot have it";
}

TEST(Services, AnAddressThatIsThereStaysWhereItIs) {
  const Services before{{{"a.example", 3478}, {"198.51.100.10", 3478}},
                        {relay_at("a.example", true), relay_at("198.51.100.10", true)},
                        {}};
  Services services = before;
  prefer_address(services, ip("::ffff:198.51.100.10"));
  EXPECT_EQ(services, before);
}

TEST(Services, OnlyTheWayInUseIsToldAheadWhatItGives) {
  Services services{{}, {relay_at("198.51.100.10", true), relay_at("2001:db8::10", true)}, {}};
  for (Relay& relay : services.relays) relay.relayed = Endpoint{ip("198.51.100.10"), 50000};
  prefer_address(services, ip("2001:db8::10"));
  EXPECT_FALSE(services.relays[0].relayed) << "an IPv6-only network never gets there";
  EXPECT_TRUE(services.relays[1].relayed);
}

TEST(Services, AForeignRelayIsNotMoved) {
  Services services{{}, {relay_at("far.example", false)}, {}};
  prefer_address(services, ip("10.0.0.5"));
  EXPECT_EQ(services, (Services{{}, {relay_at("far.example", false)}, {}}));
}

}  // namespace
}  // namespace godesk::rendezvous
