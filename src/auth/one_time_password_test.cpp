#include "auth/one_time_password.h"

#include <gtest/gtest.h>

#include "auth/identity.h"
#include "base/test_random.h"

namespace godesk::auth {
namespace {

TEST(OneTimePassword, exactlyOneOfTwoRacingCallersGetsIn) {
  SeededRandom random;
  OneTimePassword password(make_identity(random).public_key, random);
  const std::string first = password.symbols();
  const std::uint64_t one = password.generation();
  const std::uint64_t two = password.generation();
  EXPECT_TRUE(password.consume(one));
  EXPECT_FALSE(password.consume(two));
  EXPECT_NE(password.symbols(), first);
  EXPECT_TRUE(password.consume(password.generation())) << "the next one works";
}

TEST(OneTimePassword, anOldOneIsDeadAfterARequestForANewOne) {
  SeededRandom random;
  OneTimePassword password(make_identity(random).public_key, random);
  const std::uint64_t old = password.generation();
  password.renew();
  EXPECT_FALSE(password.consume(old));
}

TEST(OneTimePassword, recordBelongsToTheSymbols) {
  SeededRandom random;
  const Identity host = make_identity(random);
  OneTimePassword password(host.public_key, random);
  for (int i = 0; i < 2; ++i) {
    const auto secrets = derive_secrets(password.symbols(), host.public_key, password.record().offer);
    EXPECT_EQ(secrets->w0.bytes(), password.record().w0.bytes());
    EXPECT_EQ(crypto::multiply_base(secrets->w1), password.record().l);
    password.renew();
  }
}

}  // namespace
}  // namespace godesk::auth
