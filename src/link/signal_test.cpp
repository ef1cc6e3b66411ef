#include "link/signal.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

ice::Candidate candidate(ice::CandidateType type, const char* at) {
  const Endpoint address = *Endpoint::parse(at);
  return ice::make_candidate(type, address, address);
}

Description example() {
  Description d;
  d.udp_blocked = true;
  d.generation = 3;
  d.credentials = {"abcd+/12", "0123456789012345678901"};
  d.candidates = {candidate(ice::CandidateType::relay, "203.0.113.1:50000"),
                  candidate(ice::CandidateType::host, "[2001:db8::1]:5"),
                  candidate(ice::CandidateType::server_reflexive, "198.51.100.1:65535")};
  return d;
}

std::optional<SignalError> error_of(const Buffer& bytes) {
  auto d = decode_signal(bytes);
  if (d.ok()) return std::nullopt;
  return d.reason();
}

constexpr std::size_t kUfragAt = 6, kCountAt = 6 + 1 + 8 + 1 + 22, kFirstAt = kCountAt + 1;

TEST(Signal, SurvivesTheWay) {
  auto back = decode_signal(encode_signal(example()));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->says_the_same(example()));
  EXPECT_EQ(back->generation, 3u);
  EXPECT_EQ(back->credentials.pwd, "0123456789012345678901");
  EXPECT_TRUE(back->udp_blocked);
  EXPECT_FALSE(back->relay_only);
}

TEST(Signal, IsTheDocumentedBytes) {
  Description d;
  d.relay_only = true;
  d.generation = 0x01020304;
  d.credentials = {"abcd", "0123456789012345678901"};
  d.candidates = {candidate(ice::CandidateType::relay, "192.0.2.1:258")};
  d.candidates[0].priority = 5;
  EXPECT_EQ(to_hex(encode_signal(d)),
            "01"
            "01"
            "01020304"
            "04"
            "61626364"
            "16"
            "30313233343536373839303132333435363738393031"
            "01"
            "03"
            "04"
            "0102"
            "00000005"
            "c0000201");
}

TEST(Signal, EveryShorterOneIsTruncated) {
  const Buffer whole = encode_signal(example());
  for (std::size_t n = 1; n < whole.size(); ++n)
    EXPECT_EQ(error_of(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))),
              SignalError::truncated)
        << n;
}

TEST(Signal, IsStrict) {
  const Buffer whole = encode_signal(example());
  auto with = [&](std::size_t at, std::uint8_t value) {
    Buffer changed = whole;
    changed[at] = value;
    return error_of(changed);
  };
  EXPECT_EQ(error_of({}), SignalError::bad_version);
  EXPECT_EQ(with(0, 2), SignalError::bad_version);
  EXPECT_EQ(with(1, 32), SignalError::bad_flags);
  EXPECT_EQ(with(5, 0), SignalError::bad_generation);
  EXPECT_EQ(with(kUfragAt, 3), SignalError::bad_credentials);
  EXPECT_EQ(with(kUfragAt + 1, ' '), SignalError::bad_credentials);
  EXPECT_EQ(with(kCountAt, 33), SignalError::too_many);
  EXPECT_EQ(with(kCountAt, 2), SignalError::trailing_bytes);
  EXPECT_EQ(with(kFirstAt, 2), SignalError::bad_candidate);         // peer-reflexive is nobody's to tell
  EXPECT_EQ(with(kFirstAt + 1, 5), SignalError::bad_candidate);     // family
  EXPECT_EQ(with(kFirstAt + 4, 0x80), SignalError::bad_candidate);  // priority
  Buffer no_port = whole;
  no_port[kFirstAt + 2] = no_port[kFirstAt + 3] = 0;
  EXPECT_EQ(error_of(no_port), SignalError::bad_candidate);
}

TEST(Signal, LeavesOutWhatIsTooMuch) {
  Description d = example();
  while (d.candidates.size() < 40) d.candidates.push_back(d.candidates[0]);
  auto back = decode_signal(encode_signal(d));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->candidates.size(), kMaxSignalCandidates);
  EXPECT_LE(encode_signal(d).size(), 4096u);
}

Description punching() {
  Description d = example();
  d.profile.emplace();
  d.profile->mapping = ice::Mapping::address_and_port_dependent;
  d.profile->allocation = ice::Allocation::sequential;
  d.profile->outside = *IpAddress::parse("198.51.100.1");
  d.offer.emplace();
  d.offer->round = 2;
  d.offer->base = *Endpoint::parse("198.51.100.1:40000");
  d.offer->opening.fill(7);
  d.offer->start_in = std::chrono::milliseconds(250);
  d.offer->cover = 20017;
  d.offer->ports = {20001, 20003};
  return d;
}

TEST(Signal, ProfileAndOfferSurviveTheWay) {
  auto back = decode_signal(encode_signal(punching()));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->says_the_same(punching()));
  EXPECT_EQ(back->offer->start_in, std::chrono::milliseconds(250));
  EXPECT_EQ(back->offer->cover, 20017);
  EXPECT_FALSE(back->says_the_same(example()));
  Description later = punching();
  later.offer->start_in = {};
  EXPECT_TRUE(back->says_the_same(later)) << "time that passes is no news";
  later.offer->ports.pop_back();
  EXPECT_FALSE(back->says_the_same(later));
}

TEST(Signal, UnsoundOffersAreRefused) {
  const Buffer good = encode_signal(punching());
  for (std::size_t cut = encode_signal(example()).size(); cut < good.size(); ++cut)
    EXPECT_EQ(error_of(Buffer(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut))),
              SignalError::truncated)
        << cut;
  Description d = punching();
  d.offer->base.port = 0;
  EXPECT_EQ(error_of(encode_signal(d)), SignalError::bad_offer);
  d = punching();
  d.offer->ports = {5, 0};
  EXPECT_EQ(error_of(encode_signal(d)), SignalError::bad_offer);
  Buffer many = good;
  many[many.size() - 5] = 9;
  EXPECT_EQ(error_of(many), SignalError::bad_offer);
  Buffer profile = good;
  profile[encode_signal(example()).size() + 1] = 99;  // the profile's version
  EXPECT_EQ(error_of(profile), SignalError::bad_profile);
}

TEST(Signal, DistancesComeBackInQuartersOfAMillisecond) {
  Description d;
  d.generation = 1;
  d.credentials = {"abcd", "0123456789012345678901"};
  d.relays = {{*IpAddress::parse("192.0.2.1"), 10250us}, {*IpAddress::parse("2001:db8::1"), 20s}};
  const Buffer bytes = encode_signal(d);
  auto back = decode_signal(bytes);
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->relays.size(), 2u);
  EXPECT_EQ(back->relays[0], d.relays[0]);
  EXPECT_EQ(back->relays[1].rtt, 65535 * 250us);
  EXPECT_FALSE(back->says_the_same(Description(d)));
  for (std::size_t n = 1; n <= 27; ++n)
    EXPECT_FALSE(decode_signal(ByteView(bytes).first(bytes.size() - n))) << n;
  Buffer bad = bytes;
  bad[bytes.size() - 27] = 0;
  EXPECT_EQ(decode_signal(bad).reason(), SignalError::bad_distance);
  bad[bytes.size() - 27] = 9;
  EXPECT_EQ(decode_signal(bad).reason(), SignalError::bad_distance);
}

}  // namespace
}  // namespace godesk::link
