#include "auth/rendezvous_signature.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace godesk::auth {
namespace {

struct RendezvousSignature : testing::Test {
  SeededRandom random;
  Identity device = make_identity(random);
  Identity server = make_identity(random);
  Buffer exporter = Buffer(32, 7);
  crypto::Signature good = sign_rendezvous(device, RendezvousRole::host, server.public_key, exporter).value();
};

TEST_F(RendezvousSignature, provesTheKeyHere) {
  EXPECT_TRUE(verify_rendezvous(device.public_key, RendezvousRole::host, server.public_key, exporter, good));
  const auto answer = sign_rendezvous(server, RendezvousRole::server, server.public_key, exporter).value();
  EXPECT_TRUE(
      verify_rendezvous(server.public_key, RendezvousRole::server, server.public_key, exporter, answer));
}

TEST_F(RendezvousSignature, isWorthlessAnywhereElse) {
  const Identity other = make_identity(random);
  const Buffer other_exporter(32, 8);
  EXPECT_FALSE(verify_rendezvous(other.public_key, RendezvousRole::host, server.public_key, exporter, good));
  EXPECT_FALSE(
      verify_rendezvous(device.public_key, RendezvousRole::viewer, server.public_key, exporter, good));
  EXPECT_FALSE(
      verify_rendezvous(device.public_key, RendezvousRole::server, server.public_key, exporter, good));
  EXPECT_FALSE(verify_rendezvous(device.public_key, RendezvousRole::host, other.public_key, exporter, good));
  EXPECT_FALSE(
      verify_rendezvous(device.public_key, RendezvousRole::host, server.public_key, other_exporter, good));
  EXPECT_FALSE(verify_rendezvous(device.public_key, RendezvousRole::host, server.public_key, exporter, {}));
}

TEST_F(RendezvousSignature, needsAnExporterOf32Bytes) {
  for (std::size_t size : {0u, 31u, 33u}) {
    const Buffer wrong(size, 7);
    EXPECT_FALSE(sign_rendezvous(device, RendezvousRole::host, server.public_key, wrong));
    EXPECT_FALSE(verify_rendezvous(device.public_key, RendezvousRole::host, server.public_key, wrong, good));
  }
}

}  // namespace
}  // namespace godesk::auth
