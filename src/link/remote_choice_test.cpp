#include "link/remote_choice.h"

#include <gmock/gmock.h>

namespace godesk::link {
namespace {

using ice::Candidate;
using ice::CandidateType;
using testing::ElementsAre;

Candidate candidate(CandidateType type, const char* address, std::uint16_t index = 0) {
  const Endpoint at = *Endpoint::parse(address);
  return ice::make_candidate(type, at, at, {}, index);
}
std::vector<std::string> addresses(const std::vector<Candidate>& candidates) {
  std::vector<std::string> out;
  for (const Candidate& c : candidates) out.push_back(c.address.to_string());
  return out;
}

TEST(MostPromising, TakesAllWhereThereIsRoomInTheirOrder) {
  const std::vector<Candidate> offered = {candidate(CandidateType::host, "10.0.0.1:1"),
                                          candidate(CandidateType::relay, "192.0.2.1:1")};
  EXPECT_EQ(most_promising(offered, 2), offered);
  EXPECT_TRUE(most_promising(offered, 0).empty());
}

TEST(MostPromising, LeavesEveryKindAndFamilyItsTurn) {
  std::vector<Candidate> offered;
  for (std::uint16_t i = 0; i < 9; ++i)  // bridges and tunnels
    offered.push_back(
        candidate(CandidateType::host, ("172.17.0." + std::to_string(i + 1) + ":1").c_str(), i));
  offered.push_back(candidate(CandidateType::host, "[2001:db8::1]:1"));
  offered.push_back(candidate(CandidateType::server_reflexive, "198.51.100.1:7"));
  offered.push_back(candidate(CandidateType::relay, "192.0.2.1:1"));
  offered.push_back(candidate(CandidateType::relay, "[2001:db8:1::1]:1"));
  EXPECT_THAT(addresses(most_promising(offered, 8)),
              ElementsAre("192.0.2.1:1", "[2001:db8:1::1]:1", "198.51.100.1:7", "172.17.0.1:1",
                          "[2001:db8::1]:1", "172.17.0.2:1", "172.17.0.3:1", "172.17.0.4:1"));
}

}  // namespace
}  // namespace godesk::link
