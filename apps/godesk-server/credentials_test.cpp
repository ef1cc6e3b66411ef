#include "credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "stun/stun.h"

namespace godesk::server {
namespace {

const WallTime kWallAtZero{std::chrono::seconds(1'800'000'000)};

class CredentialsTest : public ::testing::Test {
 protected:
  std::vector<rendezvous::Relay> issue(const turn::Server* relay, std::vector<FurtherRelay> further) {
    Issuer issuer(tickets_, relay, {{"192.0.2.1", "2001:db8::1"}, 3478, 443}, std::move(further), kWallAtZero,
                  random_);
    return issuer.issue(Time(100s), {42}, *IpAddress::parse("198.51.100.7"), own_);
  }
  static FurtherRelay further(const std::string& host, const std::string& secret) {
    FurtherRelay relay;
    relay.where.udp = HostPort{host, 3478};
    relay.secret = secret;
    return relay;
  }

  static std::vector<IpAddress> ips(std::initializer_list<const char*> texts) {
    std::vector<IpAddress> out;
    for (const char* text : texts) out.push_back(*IpAddress::parse(text));
    return out;
  }

  std::vector<IpAddress> own_;  // what the other side named
  os::OsRandom random_;
  NullLog log_;
  Ids ids_;
  auth::Tickets tickets_{bytes_of("a secret of this server")};
  RelayCredentials credentials_{tickets_, true};
  turn::Server relay_{{}, credentials_, ids_, random_, log_};
};

TEST_F(CredentialsTest, IssuedTicketsOpenTheRelayForTheirSession) {
  auto relays = issue(&relay_, {});
  ASSERT_EQ(relays.size(), 2u);  // one for each of our addresses
  EXPECT_NE(relays[0].username, relays[1].username);
  for (const auto& relay : relays) {
    auto grant = credentials_.find(relay.username, relay.realm);
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->kind, turn::Grant::Kind::ticket);
    EXPECT_EQ(grant->session, 42u);
    EXPECT_EQ(grant->key, stun::long_term_key(relay.username, relay.realm, relay.password));
    EXPECT_EQ(grant->expiry, kWallAtZero + 100s + 5min);
    EXPECT_TRUE(grant->peer_relays.empty());
    EXPECT_TRUE(relay.here && relay.udp && relay.tcp && relay.tls && !relay.nonce.empty());
  }
}

TEST_F(CredentialsTest, FurtherRelaysAndOursNameEachOther) {
  auto relays = issue(&relay_, {further("203.0.113.5", "shared")});
  ASSERT_EQ(relays.size(), 3u);
  EXPECT_EQ(credentials_.find(relays[0].username, "godesk")->peer_relays, ips({"203.0.113.5"}));
  auto opened = auth::Tickets(bytes_of("shared")).open(relays[2].username);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->ticket.peer_relays, ips({"192.0.2.1"}));
  EXPECT_FALSE(credentials_.find(relays[2].username, "godesk"));  // another secret
}

TEST_F(CredentialsTest, WithoutARelayHereOnlyTheOthersAreNamed) {
  auto relays = issue(nullptr, {further("203.0.113.5", "one"), further("203.0.113.6", "two")});
  ASSERT_EQ(relays.size(), 2u);
  EXPECT_EQ(auth::Tickets(bytes_of("one")).open(relays[0].username)->ticket.peer_relays,
            ips({"203.0.113.6"}));
  EXPECT_FALSE(relays[0].here);
}

TEST_F(CredentialsTest, TheOtherSidesOwnRelayIsWrittenInIfThePolicyAllows) {
  own_ = ips({"198.51.100.20", "10.0.0.1"});
  auto grant = credentials_.find(issue(&relay_, {})[0].username, "godesk");
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->peer_relays, ips({"198.51.100.20"}));
  own_ = ips({"127.0.0.1", "100.64.0.1", "fc00::1", "2002:c000:0201::1"});
  EXPECT_TRUE(credentials_.find(issue(&relay_, {})[0].username, "godesk")->peer_relays.empty());
}

TEST_F(CredentialsTest, FixedUsersPassAndStrangersDoNot) {
  credentials_.add_user("u", "p");
  EXPECT_EQ(credentials_.find("u", "godesk")->kind, turn::Grant::Kind::fixed);
  for (const char* name : {"", "v", "1800000000:forged", "99999999999999:x"})
    EXPECT_FALSE(credentials_.find(name, "godesk")) << name;
  auto ticket = tickets_.make({auth::TicketKind::connect, 1, {}}, kWallAtZero, random_);
  EXPECT_TRUE(credentials_.find(ticket.username, "godesk"));
  EXPECT_FALSE(RelayCredentials(tickets_, false).find(ticket.username, "godesk"));
}

}  // namespace
}  // namespace godesk::server
