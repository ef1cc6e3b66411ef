#include "auth/tickets.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace godesk::auth {
namespace {

const WallTime kExpiry{1'700'000'300s};
const Buffer kSecret = to_buffer(bytes_of("a secret of the relays"));

TEST(Tickets, openWhatTheyMade) {
  SeededRandom random;
  const Tickets tickets(kSecret);
  const IpAddress v4 = *IpAddress::parse("198.51.100.7"), v6 = *IpAddress::parse("2001:db8::7");
  for (const auto& relays : std::vector<std::vector<IpAddress>>{{}, {v4}, {v6}, {v4, v6, v6, v6, v6, v6}}) {
    const auto port = static_cast<std::uint16_t>(relays.empty() ? 0 : 50000 + relays.size());
    const Ticket ticket{TicketKind::connect, 0x0123456789abcdef, relays, port};
    const TurnCredentials credentials = tickets.make(ticket, kExpiry, random);
    const auto opened = tickets.open(credentials.username);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->ticket, ticket);
    EXPECT_EQ(opened->expiry, kExpiry);
    EXPECT_EQ(credentials.password, tickets.password_of(credentials.username));
    EXPECT_LT(credentials.username.size(), 200u);
  }
}

TEST(Tickets, areCoturnsUseAuthSecret) {
  // printf %s 1700000300:name | openssl dgst -sha1 -hmac "a secret of the relays" -binary | base64
  EXPECT_EQ(Tickets(kSecret).password_of("1700000300:name"), "+xVsGiKppclfdm2XwY7ZeYRG1Fk=");
  SeededRandom random;
  const TurnCredentials other = shared_secret_credentials(kSecret, kExpiry, random);
  EXPECT_EQ(other.username.substr(0, 11), "1700000300:");
  EXPECT_EQ(other.password, Tickets(kSecret).password_of(other.username));
}

TEST(Tickets, saysNothingInClear) {
  SeededRandom random;
  const Tickets tickets(kSecret);
  const Ticket ticket{TicketKind::connect, 123456789, {}, 0};
  const std::string one = tickets.make(ticket, kExpiry, random).username;
  const std::string two = tickets.make(ticket, kExpiry, random).username;
  EXPECT_NE(one.substr(11), two.substr(11)) << "two handles of one session cannot be told to be so";
}

TEST(Tickets, refuseForgedOnes) {
  SeededRandom random;
  const Tickets tickets(kSecret);
  const std::string good = tickets.make({}, kExpiry, random).username;
  EXPECT_EQ(Tickets(bytes_of("other")).open(good).reason(), TicketError::forged);
  std::string later = good;
  later[0] = '9';
  EXPECT_EQ(tickets.open(later).reason(), TicketError::forged) << "a handle under a later expiry";
  for (std::size_t i = 11; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tickets.open(changed)) << i;
  }
}

TEST(Tickets, refuseMalformedOnes) {
  const Tickets tickets(kSecret);
  SeededRandom random;
  const std::string handle = tickets.make({}, kExpiry, random).username.substr(11);
  for (const std::string& bad :
       {std::string(), std::string(":"), std::string("1700000300"), std::string("1700000300:"),
        std::string("1700000300:name"), "01700000300:" + handle, "-5:" + handle, "1x:" + handle,
        "9999999999999:" + handle, ":" + handle, "1700000300:" + std::string(500, 'A')})
    EXPECT_EQ(tickets.open(bad).reason(), TicketError::malformed) << bad;
}

TEST(Tickets, contentIsStrict) {
  EXPECT_TRUE(decode_ticket(*from_hex("010000000000000001")));
  EXPECT_FALSE(decode_ticket(*from_hex("0100000000000000")));
  EXPECT_FALSE(decode_ticket(*from_hex("020000000000000001"))) << "a kind that we do not know";
  EXPECT_FALSE(decode_ticket(*from_hex("01000000000000000101"))) << "no family is 1";
  EXPECT_FALSE(decode_ticket(*from_hex("01000000000000000104c00002"))) << "an address cut short";
  EXPECT_EQ(decode_ticket(*from_hex("01000000000000000102c351")).value().port, 50001);
  EXPECT_FALSE(decode_ticket(*from_hex("01000000000000000102c3"))) << "a port cut short";
  EXPECT_FALSE(decode_ticket(*from_hex("010000000000000001020000"))) << "no port is 0";
  EXPECT_FALSE(decode_ticket(*from_hex("01000000000000000102c35104c0000201"))) << "nothing follows a port";
  std::string relays;
  for (int i = 0; i < 7; ++i) relays += "04c0000201";
  EXPECT_TRUE(decode_ticket(*from_hex("010000000000000001" + relays.substr(0, 60))));
  EXPECT_FALSE(decode_ticket(*from_hex("010000000000000001" + relays))) << "more than six";
}

TEST(Tickets, expiryIsToldNotJudged) {
  SeededRandom random;
  const Tickets tickets(kSecret);
  const auto opened = tickets.open(tickets.make({}, WallTime{5s}, random).username);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->expiry, WallTime{5s});
}

}  // namespace
}  // namespace godesk::auth
