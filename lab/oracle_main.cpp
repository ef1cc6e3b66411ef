// lab_oracle: sim/oracle.h for the matrix. Each line of input names two NATs, as
// "MAPPING,FILTERING,PORTS MAPPING,FILTERING,PORTS" with lab_natbox's words; each answer is "direct" or
// "relay".
#include <iostream>
#include <sstream>

#include "lab/natbox/words.h"

namespace godesk::lab {
namespace {

/// One outside port for several destinations is as good as a mapping that does not depend on them.
oracle::NatKind seen_as(const sim::NatConfig& nat) {
  oracle::NatKind kind = nat.kind;
  if (nat.ports == sim::PortAllocation::overloading) kind.mapping = oracle::Dependence::endpoint_independent;
  return kind;
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
    std::cout << (oracle::verdict(lab::seen_as(*a), lab::seen_as(*b)) == oracle::Verdict::direct ? "direct"
                                                                                                 : "relay")
              << "\n";
  }
  return 0;
}
