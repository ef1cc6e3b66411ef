#include "link/profile_facts.h"

#include <algorithm>

namespace godesk::link {

ice::Mapping mapping_of(const std::vector<Sighting>& seen, const std::vector<IpAddress>& own,
                        std::uint16_t local) {
  if (seen.empty()) return ice::Mapping::unknown;
  const auto is_own = [&](const Sighting& s) {
    return s.mapped.port == local && std::find(own.begin(), own.end(), s.mapped.ip) != own.end();
  };
  if (std::all_of(seen.begin(), seen.end(), is_own)) return ice::Mapping::none;
  bool differs = false, differs_by_port = false, ports_compared = false, compared = false;
  for (const Sighting& a : seen) {
    for (const Sighting& b : seen) {
      const bool same_address = a.server.ip == b.server.ip && a.server.port != b.server.port;
      ports_compared |= same_address;
      compared |= a.server != b.server;
      differs |= a.mapped != b.mapped;
      differs_by_port |= same_address && a.mapped != b.mapped;
    }
  }
  if (!compared) return ice::Mapping::unknown;
  if (!differs) return ice::Mapping::endpoint_independent;
  if (differs_by_port || !ports_compared) return ice::Mapping::address_and_port_dependent;
  return ice::Mapping::address_dependent;
}

ice::Filtering filtering_of(const FilterFacts& facts) {
  if (facts.other_address == Elsewhere::came || facts.stranger_came)
    return ice::Filtering::endpoint_independent;
  if (facts.other_port == Elsewhere::came) return ice::Filtering::address_dependent;
  if (facts.other_port == Elsewhere::silent) return ice::Filtering::address_and_port_dependent;
  return ice::Filtering::unknown;
}

std::optional<bool> hairpin_of(bool came, ice::Mapping mapping, ice::Filtering filtering) {
  if (mapping == ice::Mapping::unknown || mapping == ice::Mapping::none) return std::nullopt;
  if (came) return true;
  // A mapping of its own for each destination meets the filter of the one that was aimed at.
  if (mapping == ice::Mapping::endpoint_independent || filtering == ice::Filtering::endpoint_independent)
    return false;
  return std::nullopt;
}

}  // namespace godesk::link
