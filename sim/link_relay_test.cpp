// The relay path: the first one there is, on every leg, and again after a restart of the relay.
#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {
namespace {

using link::Kind;
using link::Transport;
using link::Why;

struct LinkRelay : testing::Test {
  LinkCall call{7};

  static IpAddress ip(const char* text) { return LinkCall::ip(text); }
  NetworkId home(const char* outside) {
    return call.world.net.add_nat({}, NetworkId::internet, ip(outside), LinkCall::access(),
                                  LinkCall::access());
  }
  NodeId behind(NetworkId network) {
    return call.world.net.add_host(network, {ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
  }
};

TEST_F(LinkRelay, TheRelayIsTheFirstPath) {
  call.place(behind(home("198.51.100.1")), behind(home("198.51.100.2")));
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  const auto& path = call.caller->path();
  EXPECT_EQ(path.kind, Kind::relay);
  EXPECT_EQ(path.transport, Transport::udp);
  EXPECT_EQ(path.why, Why::login);
  EXPECT_EQ(path.remote, *Endpoint::parse("203.0.113.1:3478"));
  EXPECT_TRUE(call.talk());
  std::printf("first path after %.1f ms\n", to_ms(call.caller->paths.front().first.time_since_epoch()));
}

}  // namespace
}  // namespace godesk::sim
