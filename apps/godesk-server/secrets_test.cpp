#include "secrets.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "os/files.h"
#include "os/random.h"

namespace godesk::server {
namespace {

TEST(Secrets, AreMadeOnceAndKept) {
  std::string root = ::testing::TempDir() + "/godesk_secrets_XXXXXX";
  root = ::mkdtemp(root.data());
  os::OsRandom random;
  const WallTime now{std::chrono::seconds(1'800'000'000)};
  Secrets first = read_or_make_secrets(root, "a.example", now, random);
  Secrets second = read_or_make_secrets(root, "b.example", now, random);
  EXPECT_EQ(first.identity.public_key, second.identity.public_key);
  EXPECT_EQ(first.turn_secret, second.turn_secret);
  EXPECT_EQ(first.tls.certificate_pem, second.tls.certificate_pem);
  EXPECT_GE(first.turn_secret.size(), 43u);

  os::write_secret(root + "/identity", bytes_of("torn"));
  EXPECT_THROW(read_or_make_secrets(root, "a.example", now, random), os::SetupError);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace godesk::server
