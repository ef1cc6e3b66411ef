// lab_oracle: which pairs of NATs can be joined directly, for the matrix. Each line of input names two, as
// "MAPPING,FILTERING,PORTS MAPPING,FILTERING,PORTS" with lab_natbox's words; each answer is "direct" or
// "relay".
//
// The rule is sim/oracle.h's, with prediction.
#include <iostream>
#include <sstream>

#include "lab/natbox/words.h"

namespace godesk::lab {
namespace {

/// What matters of a NAT to who wants to get through it. One outside port for several destinations is as good
/// as a mapping that does not depend on them.
oracle::Edge edge(const sim::NatConfig& nat) {
  using sim::PortAllocation;
  oracle::Edge edge{nat.kind, oracle::Ports::known};
  if (nat.ports == PortAllocation::overloading) edge.kind.mapping = oracle::Dependence::endpoint_independent;
  if (nat.ports == PortAllocation::random || nat.ports == PortAllocation::block)
    edge.ports = oracle::Ports::drawn;
  return edge;
}

}  // namespace
}  // namespace godesk::lab

int main() {
  using namespace godesk;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    const auto a = lab::nat_of(first), b = lab::nat_of(second);
    if (!a || !b) {
      std::cerr << "lab_oracle: '" << line << "' is not understood." << std::endl;
      return 2;
    }
    const auto verdict = oracle::verdict_with_prediction(lab::edge(*a), lab::edge(*b));
    std::cout << (verdict == oracle::Verdict::direct ? "direct" : "relay") << "\n";
  }
  return 0;
}
