#include "stun/stun.h"

#include <gtest/gtest.h>

#include "stun/demux.h"

namespace godesk::stun {
namespace {

// RFC 5769, sections 2.1 to 2.4.
const char* const kRequest =
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
const char* const kResponseV4 =
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96";
const char* const kResponseV6 =
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf1"
    "1784c97c8292c275bfe3ed4180280004c8fb0b4c";
const char* const kLongTerm =
    "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";
const char* const kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

constexpr TransactionId kId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Buffer hex(const char* text) { return from_hex(text).value(); }
Endpoint at(const char* text) { return Endpoint::parse(text).value(); }

ParseError why(ByteView bytes) {
  auto m = Message::parse(bytes);
  EXPECT_FALSE(m.ok());
  return m.ok() ? ParseError::too_short : m.reason();
}

TEST(Rfc5769, SampleRequest) {
  Buffer bytes = hex(kRequest);
  auto m = Message::parse(bytes);
  ASSERT_TRUE(m.ok());
  EXPECT_TRUE(m->is(Class::request, Method::binding));
  EXPECT_EQ(m->username(), "evtj:h6vY");
  EXPECT_EQ(m->priority(), 0x6e0001ffu);
  EXPECT_EQ(m->ice_controlled(), 0x932ff9b151263b36u);
  EXPECT_TRUE(m->has_fingerprint());
  EXPECT_TRUE(m->verify(bytes_of(kPassword)));
  EXPECT_FALSE(m->verify(bytes_of("VOkJxbRl1RmTxUk/WvJxBT")));
}

TEST(Rfc5769, SampleResponses) {
  for (auto [text, mapped] : {std::pair{kResponseV4, "192.0.2.1:32853"},
                              std::pair{kResponseV6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"}}) {
    Buffer bytes = hex(text);
    auto m = Message::parse(bytes);
    ASSERT_TRUE(m.ok());
    EXPECT_TRUE(m->is(Class::success, Method::binding));
    EXPECT_EQ(m->mapped(), at(mapped));
    EXPECT_TRUE(m->verify(bytes_of(kPassword)));
  }
}

TEST(Rfc5769, LongTermRequest) {
  Buffer bytes = hex(kLongTerm);
  auto m = Message::parse(bytes);
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->realm(), "example.org");
  EXPECT_EQ(m->nonce(), "f//499k954d6OL34oL9FSTvy64sA");
  EXPECT_TRUE(m->verify(long_term_key(*m->username(), *m->realm(), "TheMatrIX")));
}

TEST(Parse, RefusesWhatIsNotExactlyOneMessage) {
  const Buffer good = hex(kRequest);
  EXPECT_EQ(why(ByteView(good).first(19)), ParseError::too_short);
  EXPECT_EQ(why(ByteView(good).first(good.size() - 4)), ParseError::bad_length);
  Buffer longer = good;
  longer.push_back(0);
  EXPECT_EQ(why(longer), ParseError::bad_length);
  Buffer odd = good;
  odd[3] += 1;
  EXPECT_EQ(why(odd), ParseError::bad_length);
  Buffer no_cookie = good;
  no_cookie[4] ^= 1;
  EXPECT_EQ(why(no_cookie), ParseError::not_stun);
  Buffer top_bits = good;
  top_bits[0] |= 0x40;
  EXPECT_EQ(why(top_bits), ParseError::not_stun);
  Buffer past_end = Builder(Class::request, Method::binding, kId).u32(Attr::priority, 1).finish();
  past_end[23] = 5;
  EXPECT_EQ(why(past_end), ParseError::bad_attribute);
}

TEST(Parse, EveryFlippedBitOfAFingerprintedMessageIsNoticed) {
  const Buffer good = hex(kResponseV4);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Buffer bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    auto m = Message::parse(bad);
    // A changed type of the FINGERPRINT attribute itself makes a message without one; integrity ended before.
    if (m.ok()) {
      EXPECT_FALSE(m->has_fingerprint()) << bit;
    }
  }
}

TEST(Parse, FingerprintMustBeLast) {
  Buffer bytes = Builder(Class::request, Method::binding, kId).finish_with_fingerprint();
  Buffer more = bytes;
  append(more, Buffer{0x80, 0x22, 0, 0});
  more[3] += 4;
  EXPECT_EQ(why(more), ParseError::bad_fingerprint);
}

TEST(Parse, IgnoresAttributesBehindIntegrity) {
  Builder b(Class::request, Method::binding, kId);
  b.text(Attr::username, "u")
      .integrity_sha1(bytes_of("k"))
      .u32(Attr::priority, 7)
      .flag(static_cast<Attr>(0x7777));
  b.integrity_sha256(bytes_of("k")).u32(Attr::lifetime, 7);
  Buffer bytes = b.finish_with_fingerprint();
  auto m = Message::parse(bytes);
  ASSERT_TRUE(m.ok());
  EXPECT_FALSE(m->priority());
  EXPECT_FALSE(m->lifetime());
  EXPECT_TRUE(m->unknown_required().empty());
  EXPECT_TRUE(m->has(Attr::message_integrity_sha256));
  EXPECT_TRUE(m->verify(bytes_of("k")));
  EXPECT_FALSE(m->verify(bytes_of("K")));
}

TEST(Parse, TheStrongerIntegrityDecides) {
  Builder b(Class::request, Method::binding, kId);
  b.integrity_sha1(bytes_of("right")).integrity_sha256(bytes_of("wrong"));
  Buffer bytes = b.finish();
  auto m = Message::parse(bytes);
  ASSERT_TRUE(m.ok());
  EXPECT_FALSE(m->verify(bytes_of("right")));
  EXPECT_TRUE(m->verify(bytes_of("wrong")));
}

TEST(Parse, ImpossibleIntegrityLengths) {
  for (auto [type, size] :
       {std::pair{Attr::message_integrity, 16u}, std::pair{Attr::message_integrity_sha256, 12u},
        std::pair{Attr::message_integrity_sha256, 36u}}) {
    Buffer bytes = Builder(Class::request, Method::binding, kId).bytes(type, Buffer(size)).finish();
    EXPECT_EQ(why(bytes), ParseError::bad_integrity);
  }
}

TEST(Parse, BoundsAttributesAndListsUnknownRequiredOnes) {
  Builder few(Class::request, Method::binding, kId);
  few.flag(static_cast<Attr>(0x7001)).flag(static_cast<Attr>(0xF001)).flag(static_cast<Attr>(0x0030));
  Buffer bytes = few.finish();
  auto m = Message::parse(bytes);
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->unknown_required(), (std::vector<Attr>{static_cast<Attr>(0x7001), static_cast<Attr>(0x0030)}));

  Builder many(Class::request, Method::binding, kId);
  for (int i = 0; i < 65; ++i) many.flag(Attr::software);
  EXPECT_EQ(why(many.finish()), ParseError::bad_attribute);
}

TEST(Builder, EveryAttributeReadsBack) {
  Builder b(Class::success, Method::allocate, kId);
  b.mapped(at("192.0.2.1:5")).relayed(at("192.0.2.2:6")).relayed(at("[2001:db8::2]:6"));
  b.peer(at("192.0.2.3:7")).peer(at("[2001:db8::3]:7"));
  b.address(Attr::response_origin, at("192.0.2.4:8")).address(Attr::other_address, at("[2001:db8::4]:9"));
  b.error(438, "Stale").text(Attr::realm, "r").text(Attr::nonce, "n").lifetime(600s).channel_number(0x4001);
  b.bytes(Attr::data, Buffer{1, 2, 3}).u8(Attr::requested_transport, kTransportUdp);
  b.family(Attr::requested_address_family, Family::v6).family(Attr::additional_address_family, Family::v6);
  b.address_error(Family::v6, 440).even_port(true).u64(Attr::reservation_token, 77).flag(Attr::dont_fragment);
  b.u32(Attr::priority, 3).flag(Attr::use_candidate).u64(Attr::ice_controlling, 4).u32(Attr::nomination, 5);
  b.change_request({true, false}).u32(Attr::quic_epoch, 6).u32(Attr::response_port, 0x12340000).padding(5);
  Buffer bytes = b.finish_with_fingerprint();
  auto parsed = Message::parse(bytes);
  ASSERT_TRUE(parsed.ok());
  const Message& m = *parsed;
  EXPECT_TRUE(m.is(Class::success, Method::allocate));
  EXPECT_EQ(m.transaction(), kId);
  EXPECT_EQ(m.mapped(), at("192.0.2.1:5"));
  EXPECT_EQ(m.relayed(), (std::vector{at("192.0.2.2:6"), at("[2001:db8::2]:6")}));
  EXPECT_EQ(m.peers(), (std::vector{at("192.0.2.3:7"), at("[2001:db8::3]:7")}));
  EXPECT_EQ(m.peer(), at("192.0.2.3:7"));
  EXPECT_EQ(m.response_origin(), at("192.0.2.4:8"));
  EXPECT_EQ(m.other_address(), at("[2001:db8::4]:9"));
  EXPECT_EQ(m.error()->code, 438);
  EXPECT_EQ(m.error()->reason, "Stale");
  EXPECT_EQ(m.lifetime(), 600s);
  EXPECT_EQ(m.channel_number(), 0x4001);
  EXPECT_TRUE(same_bytes(*m.data(), Buffer{1, 2, 3}));
  EXPECT_EQ(m.requested_transport(), kTransportUdp);
  EXPECT_EQ(m.family(Attr::requested_address_family), Family::v6);
  EXPECT_EQ(m.family(Attr::additional_address_family), Family::v6);
  EXPECT_EQ(m.address_error()->code, 440);
  EXPECT_EQ(m.address_error()->family, Family::v6);
  EXPECT_EQ(m.even_port(), true);
  EXPECT_EQ(m.reservation_token(), 77u);
  EXPECT_TRUE(m.dont_fragment());
  EXPECT_TRUE(m.use_candidate());
  EXPECT_EQ(m.ice_controlling(), 4u);
  EXPECT_EQ(m.nomination(), 5u);
  EXPECT_TRUE(m.change_request()->ip);
  EXPECT_FALSE(m.change_request()->port);
  EXPECT_EQ(m.quic_epoch(), 6u);
  EXPECT_EQ(m.response_port(), 0x1234);
  EXPECT_TRUE(m.unknown_required().empty());
}

TEST(Builder, EveryClassAndMethodSurvivesTheInterleavedTypeField) {
  for (unsigned method = 0; method < 0x1000; method += 7)
    for (unsigned cls = 0; cls < 4; ++cls) {
      Buffer bytes = Builder(static_cast<Class>(cls), static_cast<Method>(method), kId).finish();
      auto m = Message::parse(bytes);
      ASSERT_TRUE(m.ok());
      EXPECT_TRUE(m->is(static_cast<Class>(cls), static_cast<Method>(method)));
    }
}

TEST(Demux, FollowsRfc9443) {
  for (unsigned first = 0; first < 256; ++first) {
    Kind expected = first < 4                   ? Kind::stun
                    : first >= 64 && first < 80 ? Kind::channel_data
                    : (first & 0x40) != 0       ? Kind::quic
                                                : Kind::unknown;
    EXPECT_EQ(kind_of(Buffer{static_cast<std::uint8_t>(first)}), expected) << first;
  }
  EXPECT_EQ(kind_of({}), Kind::unknown);
}

}  // namespace
}  // namespace godesk::stun
