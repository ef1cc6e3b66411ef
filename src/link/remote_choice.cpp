#include "link/remote_choice.h"

#include <algorithm>
#include <array>
#include <deque>

namespace godesk::link {
namespace {

using ice::CandidateType;

/// In the order of their turns: first what connects almost everybody.
constexpr std::array<CandidateType, 4> kTurns = {CandidateType::relay, CandidateType::server_reflexive,
                                                 CandidateType::host, CandidateType::peer_reflexive};

}  // namespace

std::vector<ice::Candidate> most_promising(std::vector<ice::Candidate> offered, std::size_t max) {
  if (offered.size() <= max) return offered;
  std::stable_sort(offered.begin(), offered.end(),
                   [](const auto& a, const auto& b) { return a.priority > b.priority; });
  std::vector<std::deque<ice::Candidate>> kinds;
  for (CandidateType type : kTurns)
    for (Family family : {Family::v4, Family::v6}) {
      auto& kind = kinds.emplace_back();
      for (const ice::Candidate& c : offered)
        if (c.type == type && c.address.family() == family) kind.push_back(c);
    }
  std::vector<ice::Candidate> chosen;
  while (chosen.size() < max)
    for (auto& kind : kinds) {
      if (kind.empty() || chosen.size() == max) continue;
      chosen.push_back(std::move(kind.front()));
      kind.pop_front();
    }
  return chosen;
}

}  // namespace godesk::link
