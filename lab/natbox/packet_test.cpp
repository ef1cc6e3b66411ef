#include "lab/natbox/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/natbox/test_packets.h"

namespace godesk::lab {
namespace {

using testing::Eq;

class Rewrites : public testing::TestWithParam<std::tuple<Protocol, Family>> {};

TEST_P(Rewrites, KeepTheChecksumsRight) {
  auto [protocol, family] = GetParam();
  const bool v4 = family == Family::v4;
  auto packet = Packet::parse(make_packet(protocol, v4 ? "192.168.1.2:4000" : "[2001:db8::2]:4000",
                                          v4 ? "198.51.100.10:3478" : "[2001:db8::10]:3478"));
  ASSERT_TRUE(packet);
  ASSERT_TRUE(checksums_hold(packet->bytes()));
  const bool has_source_port = protocol != Protocol::echo_reply;
  packet->set_source(*Endpoint::parse(v4 ? "203.0.113.7:61000" : "[2001:db8:ffff::7]:61000"));
  packet->set_destination(*Endpoint::parse(v4 ? "10.0.0.1:9" : "[2001:db8::ffff]:9"));
  EXPECT_TRUE(packet->age());
  EXPECT_TRUE(checksums_hold(packet->bytes()));
  auto again = Packet::parse(packet->bytes());
  ASSERT_TRUE(again);
  EXPECT_THAT(again->source().ip.to_string(), Eq(v4 ? "203.0.113.7" : "2001:db8:ffff::7"));
  EXPECT_THAT(again->source().port, Eq(has_source_port ? 61000 : 0));
  EXPECT_THAT(again->source(), Eq(packet->source()));
  EXPECT_THAT(again->destination(), Eq(packet->destination()));
}

INSTANTIATE_TEST_SUITE_P(Packet, Rewrites,
                         testing::Combine(testing::Values(Protocol::udp, Protocol::tcp,
                                                          Protocol::echo_request, Protocol::echo_reply),
                                          testing::Values(Family::v4, Family::v6)));

TEST(Packet, DiesAtItsLastHop) {
  Buffer bytes = make_packet(Protocol::udp, "192.0.2.1:1", "192.0.2.2:2");
  bytes[8] = 1;
  EXPECT_FALSE(Packet::parse(bytes)->age());
}

TEST(Packet, RefusesWhatIsCutShort) {
  const Buffer whole = make_packet(Protocol::tcp, "192.0.2.1:1", "192.0.2.2:2");
  for (std::size_t n = 0; n < 40; ++n)
    EXPECT_FALSE(Packet::parse(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)))) << n;
}

}  // namespace
}  // namespace godesk::lab
