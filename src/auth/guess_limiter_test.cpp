#include "auth/guess_limiter.h"

#include <gtest/gtest.h>

namespace godesk::auth {
namespace {

constexpr PasswordKind kOneTime = PasswordKind::one_time;
constexpr PasswordKind kUnattended = PasswordKind::unattended;
const Time kStart = Time(1h);

crypto::PublicKey key(std::uint32_t n) {
  crypto::PublicKey k;
  k.bytes[0] = static_cast<std::uint8_t>(n);
  k.bytes[1] = static_cast<std::uint8_t>(n >> 8);
  return k;
}
WallTime wall(Time now) {
  return WallTime(1'700'000'000s + std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()));
}
int spend_all(GuessLimiter& limiter, Time now, const crypto::PublicKey& k, PasswordKind kind) {
  int spent = 0;
  while (limiter.spend(now, k, kind)) ++spent;
  return spent;
}

TEST(GuessLimiter, unknownKeysShareOneBucket) {
  GuessLimiter limiter;
  int spent = 0;
  for (std::uint32_t n = 0; n < 100; ++n) spent += spend_all(limiter, kStart, key(n), kOneTime);
  EXPECT_EQ(spent, 10);
  EXPECT_EQ(limiter.may_guess(kStart, key(500), kOneTime), 30s);
  EXPECT_EQ(limiter.may_guess(kStart + 29s, key(500), kOneTime), 1s);
  EXPECT_EQ(spend_all(limiter, kStart + 30s, key(500), kOneTime), 1);
  EXPECT_EQ(spend_all(limiter, kStart + 24h, key(500), kOneTime), 10)
      << "full again, nothing locked for ever";
}

TEST(GuessLimiter, askingSpendsNothing) {
  GuessLimiter limiter;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.may_guess(kStart, key(1), kOneTime), 0s);
}

TEST(GuessLimiter, unattendedSlowsDownAfterAHundredMisses) {
  GuessLimiter limiter;
  Time now = kStart;
  int spent = 0;
  for (; now < kStart + 24h; now += 1s) spent += spend_all(limiter, now, key(1), kUnattended);
  EXPECT_GE(spent, 100 + 6 * 23);
  EXPECT_LE(spent, 100 + 6 * 24 + 1);
  spend_all(limiter, now, key(1), kUnattended);
  EXPECT_EQ(limiter.may_guess(now, key(2), kUnattended), 10min);
  EXPECT_EQ(limiter.may_guess(now, key(2), kOneTime), 0s) << "one-time guesses keep their own pace";
}

TEST(GuessLimiter, aKnownKeyIsNotShutOutByStrangers) {
  GuessLimiter limiter;
  limiter.remember(kStart, key(7));
  spend_all(limiter, kStart, key(1), kOneTime);
  EXPECT_EQ(limiter.may_guess(kStart, key(7), kUnattended), 0s);
  EXPECT_EQ(spend_all(limiter, kStart, key(7), kUnattended), 10);
  EXPECT_EQ(limiter.may_guess(kStart, key(7), kOneTime), 6s);
  int spent = 0;
  for (Time now = kStart; now < kStart + 10min; now += 1s) spent += spend_all(limiter, now, key(7), kOneTime);
  EXPECT_EQ(spent, 99) << "10 a minute";
}

TEST(GuessLimiter, vanishingAfterConfirmVCostsAsMuchAsAWrongPassword) {
  // Neither makes a call after spend(): 500 of each leave the limiter in the same state.
  GuessLimiter vanished, wrong;
  for (int i = 0; i < 500; ++i) {
    vanished.spend(kStart + i * 1s, key(static_cast<std::uint32_t>(i)), kOneTime);
    wrong.spend(kStart + i * 1s, key(1), kOneTime);
  }
  EXPECT_EQ(vanished.encode(kStart + 500s, wall(kStart + 500s)),
            wrong.encode(kStart + 500s, wall(kStart + 500s)));
}

TEST(GuessLimiter, successReturnsTheGuessAndMakesTheKeyKnown) {
  GuessLimiter limiter;
  EXPECT_TRUE(limiter.spend(kStart, key(1), kUnattended));
  EXPECT_FALSE(limiter.knows(key(1)));
  limiter.succeeded(kStart, key(1), kUnattended);
  EXPECT_TRUE(limiter.knows(key(1)));
  EXPECT_EQ(spend_all(limiter, kStart, key(2), kUnattended), 10);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(limiter.spend(kStart, key(1), kOneTime)) << "a known key that always knows the password";
    limiter.succeeded(kStart, key(1), kOneTime);
  }
  EXPECT_EQ(spend_all(limiter, kStart, key(1), kOneTime), 10) << "and gained nothing beyond its bucket";
}

TEST(GuessLimiter, severalConnectionsThatPassedTogetherCannotOverspend) {
  GuessLimiter limiter;
  for (int i = 0; i < 9; ++i) limiter.spend(kStart, key(1), kOneTime);
  EXPECT_EQ(limiter.may_guess(kStart, key(2), kOneTime), 0s);
  EXPECT_EQ(limiter.may_guess(kStart, key(3), kOneTime), 0s);
  EXPECT_TRUE(limiter.spend(kStart, key(2), kOneTime));
  EXPECT_FALSE(limiter.spend(kStart, key(3), kOneTime));
}

TEST(GuessLimiter, budgetHoldsUnderAFloodAcrossRestarts) {
  // 1000 guesses a second from 100 keys for an hour, restarted every 7 minutes.
  GuessLimiter limiter;
  int spent = 0;
  for (int second = 0; second < 3600; ++second) {
    const Time now = kStart + second * 1s;
    for (std::uint32_t i = 0; i < 1000; ++i) spent += limiter.spend(now, key(i % 100), kOneTime);
    if (second % 420 == 419)
      limiter = GuessLimiter::decode(limiter.encode(now, wall(now)), now, wall(now)).value();
  }
  EXPECT_LE(spent, 10 + 3600 / 30);
  EXPECT_GE(spent, 10 + 3600 / 30 - 2);
}

TEST(GuessLimiter, stateSurvivesARestartOnAnotherMonotonicClock) {
  GuessLimiter limiter;
  limiter.remember(kStart, key(7));
  spend_all(limiter, kStart, key(1), kOneTime);
  limiter.spend(kStart, key(7), kOneTime);
  const Buffer state = limiter.encode(kStart, wall(kStart));

  auto again = GuessLimiter::decode(state, Time(5s), wall(kStart));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->may_guess(Time(5s), key(1), kOneTime), 30s);
  EXPECT_EQ(spend_all(*again, Time(5s), key(7), kOneTime), 9);

  auto later = GuessLimiter::decode(state, Time(5s), wall(kStart) + 61s);
  EXPECT_EQ(spend_all(*later, Time(5s), key(1), kOneTime), 2) << "time passed while we did not run";

  auto backwards = GuessLimiter::decode(state, Time(5s), wall(kStart) - 48h);
  EXPECT_EQ(backwards->may_guess(Time(5s), key(1), kOneTime), 30s);
}

TEST(GuessLimiter, damagedStateIsRefusedAndTheRemedyIsSlow) {
  GuessLimiter limiter;
  limiter.remember(kStart, key(7));
  const Buffer state = limiter.encode(kStart, wall(kStart));
  for (std::size_t n = 0; n < state.size(); ++n)
    EXPECT_FALSE(GuessLimiter::decode(ByteView(state).first(n), kStart, wall(kStart)));
  GuessLimiter empty = GuessLimiter::exhausted(kStart);
  EXPECT_EQ(empty.may_guess(kStart, key(1), kOneTime), 30s);
  EXPECT_EQ(empty.may_guess(kStart, key(1), kUnattended), 10min);
}

TEST(GuessLimiter, absurdNumbersInAStateFileLockNobodyOut) {
  Buffer state = GuessLimiter().encode(kStart, wall(kStart));
  for (std::size_t i = 8; i < state.size() - 2; ++i) state[i] = 0xff;
  auto limiter = GuessLimiter::decode(state, kStart, wall(kStart));
  ASSERT_TRUE(limiter);
  EXPECT_EQ(limiter->may_guess(kStart, key(1), kOneTime), 30s);
}

TEST(GuessLimiter, forgetsTheKeyThatHasNotLoggedInForLongest) {
  GuessLimiter limiter(GuessLimits{.max_known = 3});
  for (std::uint32_t n : {1, 2, 3, 1, 4}) limiter.remember(kStart, key(n));
  EXPECT_TRUE(limiter.knows(key(1)));
  EXPECT_FALSE(limiter.knows(key(2)));
  EXPECT_TRUE(limiter.knows(key(3)));
  EXPECT_TRUE(limiter.knows(key(4)));
  limiter.forget(key(4));
  EXPECT_FALSE(limiter.knows(key(4)));
}

}  // namespace
}  // namespace godesk::auth
