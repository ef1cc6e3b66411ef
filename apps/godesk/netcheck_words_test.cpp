#include "netcheck_words.h"

#include <gtest/gtest.h>

namespace godesk::app {
namespace {

using ice::Allocation;
using ice::Filtering;
using ice::Mapping;

link::ProfileResult measured(Mapping mapping, Filtering filtering, Allocation allocation) {
  link::ProfileResult r;
  r.profile.mapping = mapping;
  r.profile.filtering = filtering;
  r.profile.allocation = allocation;
  r.profile.outside = IpAddress::parse("198.51.100.7");
  r.relays = {{{"203.0.113.1", 3478}, 23456us}, {{"relay.example", 5000}, {}}};
  return r;
}

TEST(NetcheckWords, FieldsAreThoseOfTheContractWithoutWhatIsUnknown) {
  auto r = measured(Mapping::endpoint_independent, Filtering::address_dependent, Allocation::preserving);
  r.profile.hairpin = true;
  const Json fields = netcheck_fields(r);
  EXPECT_EQ(fields["udp"], true);
  EXPECT_EQ(fields["ipv4"], true);
  EXPECT_EQ(fields["ipv6"], false);
  EXPECT_EQ(fields["mapping"], "endpoint-independent");
  EXPECT_EQ(fields["filtering"], "address-dependent");
  EXPECT_EQ(fields["allocation"], "preserving");
  EXPECT_EQ(fields["hairpin"], true);
  EXPECT_EQ(fields["nat64"], false);
  EXPECT_EQ(fields["proxy"], false);
  EXPECT_EQ(fields["relays"].dump(),
            R"([{"name":"203.0.113.1","rtt_ms":23.46},{"name":"relay.example:5000"}])");

  link::ProfileResult nothing;
  nothing.profile.udp_blocked = true;
  const Json few = netcheck_fields(nothing);
  for (const char* unknown : {"mapping", "filtering", "allocation", "hairpin", "outside", "ipv6_filtered"})
    EXPECT_FALSE(few.contains(unknown)) << unknown;
}

TEST(NetcheckWords, AdviceFitsTheNetwork) {
  struct Row {
    Mapping mapping;
    Filtering filtering;
    Allocation allocation;
    bool udp_blocked, ipv6;
    const char* says;
  };
  for (const Row& row : {
           Row{Mapping::unknown, Filtering::unknown, Allocation::unknown, true, false, "no UDP out"},
           Row{Mapping::none, Filtering::endpoint_independent, Allocation::unknown, false, false,
               "no firewall"},
           Row{Mapping::none, Filtering::address_dependent, Allocation::unknown, false, false,
               "public address"},
           Row{Mapping::endpoint_independent, Filtering::address_dependent, Allocation::random, false, false,
               "nearly every network"},
           Row{Mapping::address_and_port_dependent, Filtering::address_and_port_dependent, Allocation::block,
               false, false, "can be foreseen"},
           Row{Mapping::address_dependent, Filtering::address_dependent, Allocation::random, false, false,
               "IPv6 would avoid it"},
           Row{Mapping::address_dependent, Filtering::address_dependent, Allocation::random, false, true,
               "IPv6 works here"},
           Row{Mapping::unknown, Filtering::unknown, Allocation::unknown, false, true, "Only IPv6"},
           Row{Mapping::unknown, Filtering::unknown, Allocation::unknown, false, false, "relay is reachable"},
       }) {
    auto r = measured(row.mapping, row.filtering, row.allocation);
    r.profile.udp_blocked = row.udp_blocked;
    r.profile.ipv6 = row.ipv6;
    const std::string advice = netcheck_advice(r);
    EXPECT_NE(advice.find(row.says), std::string::npos) << advice;
    EXPECT_EQ(advice.back(), '.');
    EXPECT_NE(netcheck_table(r).find(advice), std::string::npos);
  }
}

}  // namespace
}  // namespace godesk::app
