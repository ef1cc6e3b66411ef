#include "quic/accept.h"

#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

const Endpoint kCaller = *Endpoint::parse("198.51.100.7:4433");

struct Caller {
  SeededRandom random{7};
  NullLog log;
  Time now{1s};
  Connection client{config_of(client_key(), server_key().public_key), now, random, log};
  Buffer first = client.next_packet(now)->bytes;
};

TEST(Accept, TakesAClientsFirstDatagramAndNothingElse) {
  Caller caller;
  ASSERT_EQ(caller.first.size(), 1200u);
  const auto info = accept(caller.first);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->version, 1u);
  EXPECT_EQ(info->dcid.size(), 8u);
  EXPECT_TRUE(info->scid.empty()) << "a client of ours needs no id";
  EXPECT_TRUE(info->token.empty());

  EXPECT_FALSE(accept({}));
  EXPECT_FALSE(accept(bytes_of("x")));
  EXPECT_FALSE(accept(ByteView(caller.first).first(1199)));  // would invite amplification
  Buffer other_version = caller.first;
  other_version[4] = 2;
  EXPECT_FALSE(accept(other_version));
  Buffer short_header = caller.first;
  short_header[0] &= 0x7f;
  EXPECT_FALSE(accept(short_header));
}

TEST(Accept, RetryProvesTheAddressBeforeThereIsState) {
  Caller caller;
  const RetrySecret secret{1, 2, 3};
  const auto info = accept(caller.first);
  ASSERT_TRUE(info);
  const auto refused = verify_retry(*info, kCaller, secret, caller.now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.reason(), RetryRefusal::no_token);
  const auto retry = make_retry(*info, kCaller, secret, caller.now, caller.random);
  ASSERT_TRUE(retry);
  EXPECT_LT(retry->size(), 256u);

  caller.client.on_packet(caller.now, *retry);
  const auto second = caller.client.next_packet(caller.now);
  ASSERT_TRUE(second);
  const auto with_token = accept(second->bytes);
  ASSERT_TRUE(with_token);
  const auto verified = verify_retry(*with_token, kCaller, secret, caller.now + 1s);
  ASSERT_TRUE(verified);
  EXPECT_EQ(*verified->original_dcid, info->dcid);

  // From there on it is an ordinary connection.
  Connection server(config_of(server_key(), client_key().public_key), *verified, caller.now, caller.random,
                    caller.log);
  server.on_packet(caller.now, second->bytes);
  bool connected = false;
  for (int i = 0; i < 20 && !connected; ++i) {
    caller.now += 10ms;
    while (const auto p = server.next_packet(caller.now)) caller.client.on_packet(caller.now, p->bytes);
    while (const auto p = caller.client.next_packet(caller.now)) server.on_packet(caller.now, p->bytes);
    server.on_timer(caller.now);
    caller.client.on_timer(caller.now);
    while (const auto e = caller.client.next_event()) connected |= std::holds_alternative<Connected>(*e);
  }
  EXPECT_TRUE(connected);
}

TEST(Accept, ACallerThatGuessesTheRetrysIdGetsNone) {
  Caller caller;
  SeededRandom guessed(11);
  AcceptInfo info = *accept(caller.first);
  info.dcid = to_buffer(SeededRandom(11).bytes<8>());
  EXPECT_FALSE(make_retry(info, kCaller, RetrySecret{}, caller.now, guessed));
}

TEST(Accept, ATokenIsBoundToAddressSecretAndTime) {
  Caller caller;
  const RetrySecret secret{1, 2, 3}, other_secret{4};
  const auto retry = make_retry(*accept(caller.first), kCaller, secret, caller.now, caller.random);
  caller.client.on_packet(caller.now, *retry);
  const auto info = *accept(caller.client.next_packet(caller.now)->bytes);
  const auto refusal = [&](const AcceptInfo& i, const Endpoint& from, const RetrySecret& s, Duration later) {
    const auto result = verify_retry(i, from, s, caller.now + later);
    return !result && result.reason() == RetryRefusal::bad_token;
  };
  EXPECT_FALSE(refusal(info, kCaller, secret, 9s));
  EXPECT_TRUE(refusal(info, kCaller, secret, 11s));
  EXPECT_TRUE(refusal(info, *Endpoint::parse("198.51.100.7:4434"), secret, 0s));
  EXPECT_TRUE(refusal(info, *Endpoint::parse("198.51.100.8:4433"), secret, 0s));
  EXPECT_TRUE(refusal(info, *Endpoint::parse("[2001:db8::7]:4433"), secret, 0s));
  EXPECT_TRUE(refusal(info, kCaller, other_secret, 0s));
  for (std::size_t i = 0; i < info.token.size(); ++i) {
    AcceptInfo forged = info;
    forged.token[i] ^= 1;
    EXPECT_TRUE(refusal(forged, kCaller, secret, 0s)) << i;
  }
  AcceptInfo cut = info;
  cut.token.resize(5);
  EXPECT_TRUE(refusal(cut, kCaller, secret, 0s));
}

}  // namespace
}  // namespace godesk::quic
