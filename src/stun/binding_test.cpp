#include <gtest/gtest.h>

#include "stun/binding_server.h"
#include "stun/client.h"

namespace godesk::stun {
namespace {

constexpr TransactionId kId = {3, 1, 4};
constexpr SocketId kMain{1}, kSecond{2}, kElsewhere{3}, kSix{4};
const Time kStart{};

Endpoint at(const char* text) { return Endpoint::parse(text).value(); }

struct Served : testing::Test {
  Served() {
    server.add_listener(kMain, at("198.51.100.1:3478"));
    server.add_listener(kSecond, at("198.51.100.1:443"));
    server.add_listener(kSix, at("[2001:db8::1]:3478"));
  }
  std::optional<BindingServer::Answer> ask(const Buffer& request, const char* from = "203.0.113.9:1000",
                                           SocketId socket = kMain) {
    auto m = Message::parse(request);
    return m.ok() ? server.answer(now, socket, at(from), *m) : std::nullopt;
  }
  static Buffer request() { return Builder(Class::request, Method::binding, kId).finish(); }

  Time now = kStart;
  SourceLimiter limiter;
  BindingServer server{limiter};
};

TEST_F(Served, TellsTheSourceItsAddress) {
  auto answer = ask(request());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->from, kMain);
  auto m = Message::parse(answer->bytes);
  ASSERT_TRUE(m.ok());
  EXPECT_TRUE(m->is(Class::success, Method::binding));
  EXPECT_EQ(m->mapped(), at("203.0.113.9:1000"));
  EXPECT_EQ(m->response_origin(), at("198.51.100.1:3478"));
  EXPECT_FALSE(m->other_address()) << "one address is less than RFC 5780 6 promises";
  EXPECT_FALSE(m->has(Attr::software));
}

TEST_F(Served, ChangePortAnswersFromTheOtherSocketAndChangeIpNeedsASecondAddress) {
  auto with = [](ChangeRequest c) {
    return Builder(Class::request, Method::binding, kId).change_request(c).finish();
  };
  EXPECT_EQ(ask(with({false, true}))->from, kSecond);
  EXPECT_EQ(ask(with({false, false}))->from, kMain);
  EXPECT_EQ(Message::parse(ask(with({false, false}))->bytes)->other_address(), at("198.51.100.1:443"));
  auto refused = ask(with({true, true}));
  EXPECT_EQ(Message::parse(refused->bytes)->error()->code, 420);
  server.add_listener(kElsewhere, at("198.51.100.2:443"));
  EXPECT_EQ(ask(with({true, true}))->from, kElsewhere);
  EXPECT_EQ(Message::parse(ask(request())->bytes)->other_address(), at("198.51.100.2:443"));
}

TEST_F(Served, AnswersLateWhoAsksForItAndKeepsFewForOneSource) {
  auto later = [&](std::uint32_t seconds, const char* from) {
    const Buffer bytes = padded_binding_request(kId, {}, std::chrono::seconds(seconds));
    EXPECT_EQ(bytes.size(), kMaxUnverifiedAnswer);
    return server.postpone(now, kMain, at(from), *Message::parse(bytes));
  };
  EXPECT_FALSE(later(0, "203.0.113.9:1000"));
  EXPECT_FALSE(later(121, "203.0.113.9:1000"));
  EXPECT_TRUE(later(30, "203.0.113.9:1000"));
  EXPECT_TRUE(later(15, "203.0.113.9:1001"));
  EXPECT_TRUE(server.take_due(now + 14s).empty());
  auto first = server.take_due(now + 15s);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].to, at("203.0.113.9:1001"));
  EXPECT_EQ(Message::parse(first[0].bytes)->mapped(), at("203.0.113.9:1001"));
  EXPECT_EQ(server.take_due(now + 30s).size(), 1u);
  EXPECT_FALSE(server.has_late());
  for (int i = 0; i < 100; ++i) {
    now += 1s;
    EXPECT_TRUE(later(120, "203.0.113.9:1000"));
  }
  EXPECT_EQ(server.take_due(now + 120s).size(), kMaxLatePerPrefix);
}

TEST_F(Served, RefusesWhatWouldMakeItShoot) {
  for (Attr type : {Attr::response_port, Attr::padding, static_cast<Attr>(0x7fff)}) {
    auto answer = ask(Builder(Class::request, Method::binding, kId).bytes(type, Buffer(4)).finish());
    ASSERT_TRUE(answer);
    auto m = Message::parse(answer->bytes);
    EXPECT_EQ(m->error()->code, 420);
    EXPECT_EQ(Reader(*m->value(Attr::unknown_attributes)).u16(), static_cast<std::uint16_t>(type));
  }
}

TEST_F(Served, NeverAnswersAnswers) {
  for (Class c : {Class::indication, Class::success, Class::error})
    EXPECT_FALSE(ask(Builder(c, Method::binding, kId).finish()));
  EXPECT_FALSE(ask(Builder(Class::request, static_cast<Method>(0x0ff), kId).finish()));
}

TEST_F(Served, NeverSaysMoreThanAHundredBytesNorMoreThanOurOwnRequest) {
  server.add_listener(kElsewhere, at("[2001:db8::2]:443"));
  const Buffer ours = padded_binding_request(kId);
  auto longest = ask(ours, "[2001:db8::99]:1", kSix);
  ASSERT_TRUE(longest);
  EXPECT_LE(longest->bytes.size(), kMaxUnverifiedAnswer);
  EXPECT_LE(longest->bytes.size(), ours.size());
  Builder greedy(Class::request, Method::binding, kId);
  for (unsigned i = 0; i < 40; ++i) greedy.flag(static_cast<Attr>(0x7000 + i));
  greedy.padding(4).flag(Attr::response_port);
  EXPECT_LE(ask(greedy.finish(), "[2001:db8::99]:1", kSix)->bytes.size(), kMaxUnverifiedAnswer);
}

TEST_F(Served, TwentyASecondPerPrefixThenSilence) {
  auto burst = [&](auto source) {
    int answered = 0;
    for (int i = 0; i < 50; ++i) answered += ask(request(), source(i).c_str(), kSix).has_value();
    return answered;
  };
  EXPECT_EQ(burst([](int i) { return "203.0.113.9:" + std::to_string(1000 + i); }), 20);
  EXPECT_EQ(burst([](int) { return std::string("203.0.113.10:1"); }), 20);
  EXPECT_EQ(burst([](int i) { return "[2001:db8:0:ff" + std::to_string(10 + i) + "::1]:1"; }), 20);
  now += 1s;
  EXPECT_TRUE(ask(request()));
}

TEST(SourceLimiter, AFullTableRefusesTheNewAndKeepsTheOld) {
  SourceLimiter limiter({.per_second = 2, .max_prefixes = 2});
  EXPECT_TRUE(limiter.admit(kStart, IpAddress::v4(1)));
  EXPECT_TRUE(limiter.admit(kStart, IpAddress::v4(2)));
  EXPECT_FALSE(limiter.admit(kStart, IpAddress::v4(3)));
  EXPECT_TRUE(limiter.admit(kStart, IpAddress::v4(1)));
  EXPECT_TRUE(limiter.admit(kStart + 1s, IpAddress::v4(3)));
}

struct Asking : Served {
  Endpoint server_at = at("198.51.100.1:3478");
  BindingTransaction client{{.socket = kMain, .server = server_at}, kId};
};

TEST_F(Asking, LearnsItsAddressAndTheRoundTrip) {
  client.start(now);
  auto sent = client.next_transmit();
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->to, server_at);
  EXPECT_FALSE(client.next_transmit());
  Buffer answer = ask(sent->bytes)->bytes;
  EXPECT_FALSE(client.on_message(now + 30ms, at("198.51.100.9:3478"), *Message::parse(answer)));
  EXPECT_TRUE(client.on_message(now + 30ms, server_at, *Message::parse(answer)));
  EXPECT_EQ(client.state(), BindingTransaction::State::succeeded);
  EXPECT_EQ(client.result()->mapped, at("203.0.113.9:1000"));
  EXPECT_EQ(client.result()->rtt, 30ms);
  EXPECT_EQ(client.next_deadline(), kNever);
}

TEST_F(Asking, SendsSevenTimesAndGivesUpAfter39500Ms) {
  client.start(now);
  std::vector<double> sent;
  while (client.next_deadline() != kNever) {
    if (client.next_transmit()) sent.push_back(to_ms(now - kStart));
    now = client.next_deadline();
    client.on_timer(now);
  }
  EXPECT_EQ(sent, (std::vector<double>{0, 500, 1500, 3500, 7500, 15500, 31500}));
  EXPECT_EQ(to_ms(now - kStart), 39500);
  EXPECT_EQ(client.state(), BindingTransaction::State::timed_out);
}

TEST_F(Asking, AnErrorIsAVerdict) {
  client.start(now);
  Buffer error = Builder(Class::error, Method::binding, kId).error(420, "").finish();
  EXPECT_TRUE(client.on_message(now, server_at, *Message::parse(error)));
  EXPECT_EQ(client.state(), BindingTransaction::State::refused);
}

}  // namespace
}  // namespace godesk::stun
