// Guessing at a host's passwords (SECURITY 2): what it costs, whoever guesses and however the host fares.
#include <gtest/gtest.h>

#include "host/door.h"
#include "session/login.h"
#include "sim/seeded_random.h"

namespace godesk::sim {
namespace {

using auth::PasswordKind;
using session::Control;
using session::HostLogin;
using session::LoginBinding;
using session::Outcome;

struct Disk final : host::GuessStore {
  void save(ByteView state) override { saved = to_buffer(state); }
  Buffer saved;
};

/// A host's door and those who knock, without the QUIC in between.
struct GuessHost {
  explicit GuessHost(Random& chance, const auth::Identity& who) : random(chance), identity(who) { restart(); }

  /// As SIGKILL and a new start would.
  void restart() {
    host::DoorConfig config;
    config.identity = identity;
    config.guess_state = disk.saved;
    config.started = now;
    config.wall_started = WallTime{} + 1'000'000s + std::chrono::floor<std::chrono::seconds>(now - Time{});
    door.emplace(std::move(config), random, disk);
  }
  LoginBinding binding(const crypto::PublicKey& caller) const {
    return {"godesk/1", Buffer(32, 5), caller, identity.public_key};
  }

  enum class How { vanish, wrong_proof };
  /// One guess; says whether it was spent (else: busy).
  bool guess(const crypto::PublicKey& caller, PasswordKind kind, How how) {
    HostLogin login(binding(caller), *door, random);
    login.start(now);
    auto step = login.on_message(now, session::Share{kind, share});
    if (step.verdict) {
      EXPECT_EQ(step.verdict->outcome, Outcome::busy);
      EXPECT_GT(step.verdict->wait, 0s);
      return false;
    }
    if (how == How::wrong_proof) {
      step = login.on_message(now, session::Confirm{Buffer(32, 1)});
      EXPECT_EQ(step.verdict->outcome, Outcome::wrong_password);
    }
    return true;
  }
  /// The whole login with the password that is shown.
  Outcome login(const crypto::PublicKey& caller) {
    session::CallerLogin mine(binding(caller), {door->shown_password()}, random);
    HostLogin theirs(binding(caller), *door, random);
    auto at_caller = mine.on_message(theirs.start(now));
    while (!at_caller.verdict) {
      auto at_host = theirs.on_message(now, at_caller.answers.front());
      at_caller = mine.on_message(at_host.answers.front());
    }
    return at_caller.verdict->outcome;
  }

  Random& random;
  auth::Identity identity;
  Buffer share =
      auth::Prover(binding(identity.public_key).terms({}), crypto::Scalar::from_entropy(random.bytes<48>()),
                   crypto::Scalar::from_entropy(random.bytes<48>()), random)
          .share();
  Disk disk;
  Time now{};
  std::optional<host::Door> door;
};

struct Guessing : testing::Test {
  SeededRandom random{23};
  auth::Identity identity = auth::make_identity(random);
  crypto::PublicKey key() { return auth::make_identity(random).public_key; }
};

TEST_F(Guessing, ToVanishAfterConfirmVCostsWhatAWrongPasswordCosts) {
  for (PasswordKind kind : {PasswordKind::one_time, PasswordKind::unattended}) {
    GuessHost vanished(random, identity), wrong(random, identity);
    int spent_vanished = 0, spent_wrong = 0;
    for (int i = 0; i < 500; ++i) {
      const auto caller = key();
      spent_vanished += vanished.guess(caller, kind, GuessHost::How::vanish);
      spent_wrong += wrong.guess(caller, kind, GuessHost::How::wrong_proof);
      vanished.now += 200ms, wrong.now += 200ms;
    }
    EXPECT_EQ(spent_vanished, 13);  // ten at once, then one per 30 s
    EXPECT_EQ(spent_wrong, spent_vanished);
    EXPECT_EQ(vanished.disk.saved, wrong.disk.saved);
    EXPECT_EQ(vanished.door->wait(vanished.now, key(), kind), wrong.door->wait(wrong.now, key(), kind));
  }
}

TEST_F(Guessing, AFloodOfGuessesStaysInBudgetOverRestartsAndTheOwnerIsNotShutOut) {
  GuessHost host(random, identity);
  const auto owner = key();
  ASSERT_EQ(host.login(owner), Outcome::admitted);

  std::vector<crypto::PublicKey> attackers(100);
  for (auto& attacker : attackers) attacker = key();
  constexpr int kSeconds = 120, kPerSecond = 1000;
  int spent = 0;
  for (int i = 0; i < kSeconds * kPerSecond; ++i) {
    spent += host.guess(attackers[static_cast<std::size_t>(i) % attackers.size()], PasswordKind::one_time,
                        GuessHost::How::vanish);
    host.now += 1ms;
    if (i % (10 * kPerSecond) == 0) host.restart();
    if (i % (30 * kPerSecond) == 15 * kPerSecond) {
      EXPECT_EQ(host.login(owner), Outcome::admitted) << "at once, in the middle of the flood";
      EXPECT_EQ(host.login(key()), Outcome::busy) << "never: wrong password";
    }
  }
  EXPECT_GE(spent, 10);
  EXPECT_LE(spent, 10 + kSeconds / 30);
}

TEST_F(Guessing, NothingIsLockedForEver) {
  GuessHost host(random, identity);
  const auto late = key();
  while (host.guess(key(), PasswordKind::one_time, GuessHost::How::wrong_proof)) {
  }
  EXPECT_EQ(host.login(late), Outcome::busy);
  host.now += 31s;
  EXPECT_EQ(host.login(late), Outcome::admitted);
}

}  // namespace
}  // namespace godesk::sim
