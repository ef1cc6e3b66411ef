#include "link/profile_facts.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

Sighting sighting(const char* server, const char* mapped) {
  return {*Endpoint::parse(server), *Endpoint::parse(mapped)};
}
ice::Mapping mapping(const std::vector<Sighting>& seen) {
  return mapping_of(seen, {*IpAddress::parse("192.168.1.2")}, 5000);
}

constexpr const char *kFirst = "203.0.113.1:3478", *kPort = "203.0.113.1:443", *kOther = "203.0.113.2:3478";
constexpr const char *kSame = "198.51.100.1:7000", *kNext = "198.51.100.1:7001";

TEST(MappingOf, OneServerWithOnePortTellsNothing) {
  EXPECT_EQ(mapping({}), ice::Mapping::unknown);
  EXPECT_EQ(mapping({sighting(kFirst, kSame)}), ice::Mapping::unknown);
  EXPECT_EQ(mapping({sighting(kFirst, "192.168.1.2:5000")}), ice::Mapping::none) << "no NAT";
}

TEST(MappingOf, ARelayIsAVantagePointAsGoodAsTheServer) {
  EXPECT_EQ(mapping({sighting(kFirst, kSame), sighting(kOther, kSame)}), ice::Mapping::endpoint_independent);
  EXPECT_EQ(mapping({sighting(kFirst, kSame), sighting(kOther, kNext)}),
            ice::Mapping::address_and_port_dependent)
      << "the harder one, as no two ports of one address were compared";
}

TEST(MappingOf, AddressesAndPortsAreToldApart) {
  EXPECT_EQ(mapping({sighting(kFirst, kSame), sighting(kPort, kSame)}), ice::Mapping::endpoint_independent);
  EXPECT_EQ(mapping({sighting(kFirst, kSame), sighting(kPort, kNext)}),
            ice::Mapping::address_and_port_dependent);
  EXPECT_EQ(mapping({sighting(kFirst, kSame), sighting(kPort, kSame), sighting(kOther, kNext)}),
            ice::Mapping::address_dependent);
}

}  // namespace
}  // namespace godesk::link
