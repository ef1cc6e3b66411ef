#include "ice/candidate.h"

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

Endpoint at(const char* text) { return *Endpoint::parse(text); }

TEST(Candidate, PriorityIsRfc8445) {
  // 5.1.2.1: 2^24 x type preference + 2^8 x local preference + 256 - component. The host value is the one of
  // RFC 8839's and most other examples.
  EXPECT_EQ(priority(CandidateType::host, 65535), 2130706431u);
  EXPECT_EQ(priority(CandidateType::server_reflexive, 65535), 1694498815u);
  EXPECT_EQ(priority(CandidateType::relay, 65535), 16777215u);
  EXPECT_GT(priority(CandidateType::host, local_preference(*IpAddress::parse("2001:db8::1"))),
            priority(CandidateType::host, local_preference(*IpAddress::parse("192.0.2.1"))));
  EXPECT_GT(local_preference(*IpAddress::parse("192.0.2.1"), 0),
            local_preference(*IpAddress::parse("192.0.2.1"), 1));
}

TEST(Candidate, FoundationGroupsByTypeBaseAndServer) {
  IpAddress a = *IpAddress::parse("192.0.2.1"), b = *IpAddress::parse("192.0.2.2");
  EXPECT_EQ(foundation(CandidateType::host, a, {}), foundation(CandidateType::host, a, {}));
  EXPECT_NE(foundation(CandidateType::host, a, {}), foundation(CandidateType::host, b, {}));
  EXPECT_NE(foundation(CandidateType::host, a, {}), foundation(CandidateType::relay, a, {}));
  EXPECT_NE(foundation(CandidateType::server_reflexive, a, a),
            foundation(CandidateType::server_reflexive, a, b));
  EXPECT_TRUE(is_ice_chars(foundation(CandidateType::relay, a, b), 32));
}

TEST(Candidate, ARelayCandidateSaysNothingOfTheBase) {
  Candidate one = make_candidate(CandidateType::relay, at("203.0.113.5:50000"), at("192.168.1.2:1"));
  Candidate two = make_candidate(CandidateType::relay, at("203.0.113.5:50000"), at("10.0.0.9:2"));
  EXPECT_EQ(format(one), format(two));
}

TEST(Candidate, TextGoesThereAndBack) {
  for (const char* address : {"192.0.2.1:5000", "[2001:db8::1]:65535"})
    for (CandidateType type : {CandidateType::host, CandidateType::server_reflexive,
                               CandidateType::peer_reflexive, CandidateType::relay}) {
      Candidate c = make_candidate(type, at(address), at(address));
      auto back = parse_candidate(format(c));
      ASSERT_TRUE(back.ok()) << format(c);
      EXPECT_EQ(*back, c);
      c.related = at("10.0.0.1:7");
      EXPECT_EQ(*parse_candidate(format(c)), c);
    }
}

TEST(Candidate, TextOfOthers) {
  // As libnice and browsers write them.
  auto c = parse_candidate(
      "candidate:842163049 1 UDP 1677729535 198.51.100.7 43210 typ srflx raddr 0.0.0.0 rport 0 generation 0 "
      "ufrag "
      "EEtu network-cost 999");
  ASSERT_TRUE(c.ok());
  EXPECT_EQ(c->type, CandidateType::server_reflexive);
  EXPECT_EQ(c->priority, 1677729535u);
  EXPECT_EQ(c->address, at("198.51.100.7:43210"));
  EXPECT_EQ(parse_candidate("candidate:1 1 udp 2013266431 fe80::1 9 typ host")->address.port, 9);
}

TEST(Candidate, BadTextIsRefusedWithAReason) {
  struct Row {
    const char* text;
    CandidateError why;
  };
  for (const Row& row :
       {Row{"", CandidateError::bad_syntax}, Row{"candidate:", CandidateError::bad_syntax},
        Row{"candidate:1 1 udp 1 192.0.2.1 5", CandidateError::bad_syntax},
        Row{"candidate:1 1 udp 1 192.0.2.1 5 typ", CandidateError::bad_syntax},
        Row{"candidate:1  1 udp 1 192.0.2.1 5 typ host", CandidateError::bad_syntax},
        Row{"candidate:1 1 udp 1 192.0.2.1 5 typ host ", CandidateError::bad_syntax},
        Row{"candidate:1 1 udp 1 192.0.2.1 5 typ host x", CandidateError::bad_syntax},
        Row{"candidate:1 1 udp 1 192.0.2.1 5 typ host a \x01", CandidateError::bad_syntax},
        Row{"candidate:- 1 udp 1 192.0.2.1 5 typ host", CandidateError::bad_foundation},
        Row{"candidate:1 2 udp 1 192.0.2.1 5 typ host", CandidateError::bad_component},
        Row{"candidate:1 1 tcp 1 192.0.2.1 5 typ host", CandidateError::not_udp},
        Row{"candidate:1 1 udp 0 192.0.2.1 5 typ host", CandidateError::bad_priority},
        Row{"candidate:1 1 udp 2147483648 192.0.2.1 5 typ host", CandidateError::bad_priority},
        Row{"candidate:1 1 udp 1 a.local 5 typ host", CandidateError::bad_address},
        Row{"candidate:1 1 udp 1 192.0.2.1 0 typ host", CandidateError::bad_port},
        Row{"candidate:1 1 udp 1 192.0.2.1 65536 typ host", CandidateError::bad_port},
        Row{"candidate:1 1 udp 1 192.0.2.1 5 typ guest", CandidateError::bad_type}}) {
    auto parsed = parse_candidate(row.text);
    ASSERT_FALSE(parsed.ok()) << row.text;
    EXPECT_EQ(parsed.reason(), row.why) << row.text;
  }
  std::string endless = "candidate:1 1 udp 1 192.0.2.1 5 typ host";
  for (int i = 0; i < 100; ++i) endless += " name value";
  EXPECT_EQ(parse_candidate(endless).reason(), CandidateError::too_long);
}

}  // namespace
}  // namespace godesk::ice
