// Which of the peer's candidates are tried, where it names more than a plan may hold (SECURITY 6).
//
// A computer with many interfaces names many addresses, and what works is rarely the third of a kind: so
// kinds and families take turns, each in the order in which the peer prefers them. A pure function.
#pragma once

#include <vector>

#include "ice/candidate.h"

namespace godesk::link {

/// At most `max` of `offered`.
std::vector<ice::Candidate> most_promising(std::vector<ice::Candidate> offered, std::size_t max);

}  // namespace godesk::link
