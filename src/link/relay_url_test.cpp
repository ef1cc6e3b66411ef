#include "link/relay_url.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

TEST(RelayUrl, NamesLegs) {
  auto both = parse_relay_url("turn:relay.lan");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->udp, (HostPort{"relay.lan", 3478}));
  EXPECT_EQ(both->tcp, (HostPort{"relay.lan", 3478}));
  EXPECT_FALSE(both->tls);

  auto tcp = parse_relay_url("turn:192.0.2.1:99?transport=tcp");
  ASSERT_TRUE(tcp);
  EXPECT_FALSE(tcp->udp);
  EXPECT_EQ(tcp->tcp, (HostPort{"192.0.2.1", 99}));

  auto tls = parse_relay_url("turns:[2001:db8::1]:443");
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->tls, (HostPort{"2001:db8::1", 443}));
  EXPECT_EQ(parse_relay_url("turns:relay.lan")->tls->port, 5349);
}

TEST(RelayUrl, RefusesEverythingElse) {
  for (const char* url :
       {"", "turn:", "turn://h", "stun:h", "turn:h:0", "turn:h:65536", "turn:h:", "turn:h?transport=sctp",
        "turns:h?transport=udp", "turn:[1.2.3.4]", "turn:[::1", "turn:u@h", "turn:h:1x", "turn:::1"}) {
    EXPECT_FALSE(parse_relay_url(url)) << url;
  }
}

}  // namespace
}  // namespace godesk::link
