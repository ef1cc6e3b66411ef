#include "sim/oracle.h"

#include <gtest/gtest.h>

namespace godesk::oracle {
namespace {

constexpr Dependence kEi = Dependence::endpoint_independent;
constexpr Dependence kAd = Dependence::address_dependent;
constexpr Dependence kApd = Dependence::address_and_port_dependent;

NatKind kind(Dependence mapping, Dependence filtering) {
  NatKind k;
  k.mapping = mapping;
  k.filtering = filtering;
  return k;
}

Network behind(NatKind k) {
  Network n;
  n.nats = {k};
  return n;
}

TEST(Oracle, TextbookPairs) {
  NatKind full_cone = kind(kEi, kEi), port_restricted = kind(kEi, kApd), symmetric = kind(kApd, kApd);
  EXPECT_EQ(verdict(full_cone, symmetric), Verdict::direct);
  EXPECT_EQ(verdict(port_restricted, port_restricted), Verdict::direct);
  EXPECT_EQ(verdict(kind(kEi, kAd), symmetric), Verdict::direct);
  EXPECT_EQ(verdict(port_restricted, symmetric), Verdict::relay);
  EXPECT_EQ(verdict(symmetric, symmetric), Verdict::relay);
  EXPECT_EQ(verdict(NatKind{}, symmetric), Verdict::direct);
}

TEST(Oracle, IsSymmetricAndCountsSixtyFourDirectOfHundred) {
  std::vector<NatKind> edges(1);  // open
  for (const NatKind& k : all_nat_kinds()) edges.push_back(k);
  int direct = 0;
  for (const NatKind& a : edges)
    for (const NatKind& b : edges) {
      EXPECT_EQ(verdict(a, b), verdict(b, a)) << name(a) << " / " << name(b);
      if (verdict(a, b) == Verdict::direct) ++direct;
    }
  EXPECT_EQ(direct, 64);
}

TEST(Oracle, NetworksBeyondOneNat) {
  NatKind symmetric = kind(kApd, kApd);
  Network a = behind(symmetric), b = behind(symmetric);
  EXPECT_EQ(verdict(a, b), Verdict::relay);
  a.v6 = b.v6 = true;
  EXPECT_EQ(verdict(a, b), Verdict::direct);
  a.udp_blocked = true;
  EXPECT_EQ(verdict(a, b), Verdict::relay);
  a.lan = b.lan = 1;
  EXPECT_EQ(verdict(a, b), Verdict::direct);

  Network only6, only4;
  only6.v4 = false, only6.v6 = true;
  EXPECT_EQ(verdict(only6, only4), Verdict::relay);

  Network c = behind(kind(kEi, kApd)), d = c;
  c.outermost = d.outermost = 7;
  EXPECT_EQ(verdict(c, d), Verdict::relay) << "no hairpin";
  c.nats[0].hairpin = d.nats[0].hairpin = true;
  EXPECT_EQ(verdict(c, d), Verdict::direct);
}

TEST(Oracle, NatsInARowAreAsStrictAsTheirStrictest) {
  EXPECT_EQ(effective({kind(kEi, kApd), kind(kAd, kEi)}), kind(kAd, kApd));
  EXPECT_EQ(effective({}), NatKind{});
}

}  // namespace
}  // namespace godesk::oracle
