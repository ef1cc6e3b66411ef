#include "session/login.h"

#include <functional>

#include <gtest/gtest.h>

#include "session/permissions.h"
#include "session/test_door.h"
#include "sim/seeded_random.h"

namespace godesk::session {
namespace {

struct LoginTest : testing::Test {
  sim::SeededRandom random{3};
  auth::Identity caller = auth::make_identity(random);
  auth::Identity host = auth::make_identity(random);
  TestDoor door{host, random};
  LoginBinding binding{"godesk/1", Buffer(32, 5), caller.public_key, host.public_key};

  /// Runs both to their verdicts.
  std::pair<std::optional<Verdict>, std::optional<Verdict>> run(LoginBinding mine, LoginBinding theirs,
                                                                const Proof& proof) {
    CallerLogin c(std::move(mine), proof, random);
    HostLogin h(std::move(theirs), door, random);
    LoginStep at_caller = c.on_message(h.start({})), at_host;
    std::optional<Verdict> caller_says = at_caller.verdict, host_says;
    for (int i = 0; i < 4; ++i) {
      at_host = {};
      for (const auto& m : at_caller.answers) {
        if (!host_says) at_host = h.on_message({}, m);
      }
      if (at_host.verdict) host_says = at_host.verdict;
      at_caller = {};
      for (const auto& m : at_host.answers) {
        if (!caller_says) at_caller = c.on_message(m);
      }
      if (at_caller.verdict) caller_says = at_caller.verdict;
    }
    return {caller_says, host_says};
  }
};

TEST_F(LoginTest, AdmitsWithTheSameBindingOnly) {
  auto [c, h] = run(binding, binding, {door.one_time.symbols()});
  ASSERT_TRUE(c && h);
  EXPECT_EQ(c->outcome, Outcome::admitted);
  EXPECT_EQ(h->outcome, Outcome::admitted);
}

TEST_F(LoginTest, AMiddleThatSplicesTwoConnectionsFails) {
  LoginBinding other = binding;
  other.channel = Buffer(32, 6);
  auto [c, h] = run(binding, other, {door.one_time.symbols()});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->outcome, Outcome::wrong_password);
  EXPECT_FALSE(h && h->outcome == Outcome::admitted);
  EXPECT_EQ(door.admitted, 0);

  LoginBinding alias = binding;
  alias.protocol = "godesk/2";
  EXPECT_EQ(run(binding, alias, {door.one_time.symbols()}).first->outcome, Outcome::wrong_password);
}

TEST_F(LoginTest, ACostlyOfferIsNotComputed) {
  CallerLogin c(binding, {door.one_time.symbols()}, random);
  auto offers = door.offers();
  for (auto& offer : offers) offer.kdf.n = 1u << 18;
  auto step = c.on_message(Offer{offers});
  ASSERT_TRUE(step.verdict);
  EXPECT_EQ(step.verdict->outcome, Outcome::breach);
}

/// SECURITY 3: no sequence of at most six messages opens a session without a verified confirmP.
TEST_F(LoginTest, NoSequenceWithoutAProofOpens) {
  auto prover =
      auth::Prover(binding.terms(door.offers()[0]), crypto::Scalar::from_entropy(random.bytes<48>()),
                   crypto::Scalar::from_entropy(random.bytes<48>()), random);
  const std::vector<Control> words = {Offer{door.offers()},
                                      Share{PasswordKind::one_time, prover.share()},
                                      Share{PasswordKind::unattended, prover.share()},
                                      Share{PasswordKind::one_time, Buffer(65, 4)},
                                      Response{Buffer(65, 4), Buffer(32, 0)},
                                      Confirm{Buffer(32, 0)},
                                      Accepted{31},
                                      Refused{Refused::Why::refused},
                                      LinkSignal{},
                                      PermissionsChanged{31},
                                      InputAck{1},
                                      Enter{}};
  int tried = 0;
  std::vector<const Control*> sequence;
  std::function<void()> extend = [&] {
    for (const auto& word : words) {
      sequence.push_back(&word);
      HostLogin login(binding, door, random);
      std::optional<Verdict> verdict;
      for (const auto* message : sequence) verdict = login.on_message({}, *message).verdict;
      ++tried;
      if (verdict) {
        EXPECT_NE(verdict->outcome, Outcome::admitted);
        // After a verdict nothing but breaches follows: one more message shows it, no need to go deeper.
        EXPECT_EQ(login.on_message({}, word).verdict->outcome, Outcome::breach);
      } else if (sequence.size() < 6) {
        extend();
      }
      sequence.pop_back();
    }
  };
  extend();
  EXPECT_GT(tried, 30);
  EXPECT_EQ(door.admitted, 0);
}

TEST_F(LoginTest, AnAuthorisedKeyEntersWithoutPassword) {
  door.by_key = 3;
  auto [c, h] = run(binding, binding, {"", true});
  ASSERT_TRUE(c && h);
  EXPECT_EQ(c->outcome, Outcome::admitted);
  EXPECT_EQ(c->permissions, 3u);
  EXPECT_EQ(h->outcome, Outcome::admitted);
  EXPECT_EQ(h->permissions, 3u);
  EXPECT_FALSE(h->kind);
  EXPECT_EQ(door.spent, 0);
}

TEST_F(LoginTest, AHostThatNeverProvedAPasswordCannotWaiveIt) {
  door.by_key = 3;
  auto [c, h] = run(binding, binding, {"", false});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->outcome, Outcome::refused);
  EXPECT_FALSE(h);
  auto with_password = run(binding, binding, {door.one_time.symbols(), false});
  ASSERT_TRUE(with_password.second);
  EXPECT_EQ(with_password.second->outcome, Outcome::admitted);
  EXPECT_EQ(with_password.second->kind, PasswordKind::one_time);
}

TEST_F(LoginTest, AKeyThatIsNotAuthorisedHearsNothingOfItAndCannotEnter) {
  EXPECT_FALSE(std::get<Offer>(HostLogin(binding, door, random).start({})).by_key);
  auto [c, h] = run(binding, binding, {"", true});
  EXPECT_EQ(c->outcome, Outcome::refused);
  HostLogin login(binding, door, random);
  login.start({});
  EXPECT_EQ(login.on_message({}, Enter{}).verdict->outcome, Outcome::refused);
}

TEST_F(LoginTest, ARightThatEndedSinceTheOfferOpensNothing) {
  door.by_key = 3;
  HostLogin login(binding, door, random);
  login.start({});
  door.by_key.reset();
  EXPECT_EQ(login.on_message({}, Enter{}).verdict->outcome, Outcome::refused);
  EXPECT_EQ(login.on_message({}, Enter{}).verdict->outcome, Outcome::breach);
}

TEST(Permissions, MatrixOfPermissionAndMessage) {
  const auto none = PermissionSet();
  const auto view = none.with(Permission::view), input = none.with(Permission::input);
  const std::vector<Input> effects = {Key{0x61, true}, Button{1, true, 0, 0}, Wheel{0, 120, 0, 0},
                                      Character{U'a'}};
  for (const auto& effect : effects) {
    EXPECT_FALSE(may(none, effect));
    EXPECT_FALSE(may(view, effect));
    EXPECT_TRUE(may(input, effect));
  }
  EXPECT_TRUE(may(none, Input(ReleaseAll{})));
  EXPECT_FALSE(may(view, DatagramMessage(PointerMove{})));
  EXPECT_TRUE(may(input, DatagramMessage(PointerMove{})));
  EXPECT_FALSE(may(input, DatagramMessage(CursorMove{})));
  EXPECT_FALSE(defaults_of(PasswordKind::one_time).has(Permission::files));
  EXPECT_TRUE(defaults_of(PasswordKind::unattended).has(Permission::sound));
}

}  // namespace
}  // namespace godesk::session
