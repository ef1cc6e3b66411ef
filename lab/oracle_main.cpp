// lab_oracle: sim/oracle.h for the matrix. Each line of input names two NATs, as
// "MAPPING,FILTERING,PORTS MAPPING,FILTERING,PORTS" with lab_natbox's words; each answer is "direct" or
// "relay".
#include <iostream>
#include <sstream>

#include "lab/natbox/words.h"

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
    std::cout << (oracle::verdict(a->kind, b->kind) == oracle::Verdict::direct ? "direct" : "relay") << "\n";
  }
  return 0;
}
