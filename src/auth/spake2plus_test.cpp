#include "auth/spake2plus.h"

#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace godesk::auth {
namespace {

using crypto::Point;
using crypto::Scalar;

/// Entropy that becomes exactly this scalar.
class FixedScalar final : public Random {
 public:
  explicit FixedScalar(std::string_view hex) : bytes_(*from_hex(hex)) {}
  void fill(MutableBytes out) override {
    std::fill(out.begin(), out.end(), 0);
    std::copy(bytes_.begin(), bytes_.end(), out.end() - static_cast<std::ptrdiff_t>(bytes_.size()));
  }

 private:
  Buffer bytes_;
};

Scalar scalar(std::string_view hex) { return *Scalar::from_bytes(*from_hex(hex)); }

// RFC 9383 appendix C, SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256: the one vector of this suite.
namespace rfc {
const Spake2Terms kTerms = {to_buffer(bytes_of("SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256 Test Vectors")),
                            to_buffer(bytes_of("client")), to_buffer(bytes_of("server"))};
const char* kW0 = "bb8e1bbcf3c48f62c08db243652ae55d3e5586053fca77102994f23ad95491b3";
const char* kW1 = "7e945f34d78785b8a3ef44d0df5a1a97d6b3b460409a345ca7830387a74b1dba";
const char* kL =
    "04eb7c9db3d9a9eb1f8adab81b5794c1f13ae3e225efbe91ea487425854c7fc00f"
    "00bfedcbd09b2400142d40a14f2064ef31dfaa903b91d1faea7093d835966efd";
const char* kX = "d1232c8e8693d02368976c174e2088851b8365d0d79a9eee709c6a05a2fad539";
const char* kShareP =
    "04ef3bd051bf78a2234ec0df197f7828060fe9856503579bb1733009042c15c0c1"
    "de127727f418b5966afadfdd95a6e4591d171056b333dab97a79c7193e341727";
const char* kY = "717a72348a182085109c8d3917d6c43d59b224dc6a7fc4f0483232fa6516d8b3";
const char* kShareV =
    "04c0f65da0d11927bdf5d560c69e1d7d939a05b0e88291887d679fcadea75810fb"
    "5cc1ca7494db39e82ff2f50665255d76173e09986ab46742c798a9a68437b048";
const char* kConfirmP = "926cc713504b9b4d76c9162ded04b5493e89109f6d89462cd33adc46fda27527";
const char* kConfirmV = "9747bcc4f8fe9f63defee53ac9b07876d907d55047e6ff2def2e7529089d3e68";
const char* kSharedKey = "0c5f8ccd1413423a54f6c1fb26ff01534a87f893779c6e68666d772bfd91f3e7";
}  // namespace rfc

TEST(Spake2Plus, rfc9383Vector) {
  FixedScalar x(rfc::kX);
  FixedScalar y(rfc::kY);
  EXPECT_EQ(to_hex(crypto::multiply_base(scalar(rfc::kW1)).bytes()), rfc::kL);
  Prover prover(rfc::kTerms, scalar(rfc::kW0), scalar(rfc::kW1), x);
  Verifier verifier(rfc::kTerms, scalar(rfc::kW0), *Point::from_bytes(*from_hex(rfc::kL)), y);

  EXPECT_EQ(to_hex(prover.share()), rfc::kShareP);
  const auto response = verifier.on_share(prover.share());
  ASSERT_TRUE(response);
  EXPECT_EQ(to_hex(response->share_v), rfc::kShareV);
  EXPECT_EQ(to_hex(response->confirm_v), rfc::kConfirmV);
  const auto confirm_p = prover.on_response(response->share_v, response->confirm_v);
  ASSERT_TRUE(confirm_p);
  EXPECT_EQ(to_hex(*confirm_p), rfc::kConfirmP);
  EXPECT_TRUE(verifier.on_confirm(*confirm_p));
  EXPECT_EQ(to_hex(prover.shared_key()), rfc::kSharedKey);
  EXPECT_EQ(to_hex(verifier.shared_key()), rfc::kSharedKey);
}

struct Spake2Run : testing::Test {
  SeededRandom random;
  Spake2Terms terms = {Buffer(40, 1), Buffer(32, 2), Buffer(32, 3)};
  Scalar w0 = Scalar::from_entropy(random.bytes<48>());
  Scalar w1 = Scalar::from_entropy(random.bytes<48>());
  Point l = crypto::multiply_base(w1);

  /// The verifier refuses the prover, and the prover the verifier.
  void expect_apart(const Spake2Terms& of_prover, const Spake2Terms& of_verifier) {
    Prover prover(of_prover, w0, w1, random);
    Verifier verifier(of_verifier, w0, l, random);
    const auto response = verifier.on_share(prover.share());
    ASSERT_TRUE(response);
    EXPECT_FALSE(prover.on_response(response->share_v, response->confirm_v));
    EXPECT_THROW(prover.shared_key(), std::logic_error);
    EXPECT_FALSE(verifier.on_confirm(Confirmation{}));
    EXPECT_THROW(verifier.shared_key(), std::logic_error);
  }
};

TEST_F(Spake2Run, theRightPasswordOpens) {
  Prover prover(terms, w0, w1, random);
  Verifier verifier(terms, w0, l, random);
  const auto response = verifier.on_share(prover.share());
  const auto confirm_p = prover.on_response(response->share_v, response->confirm_v);
  ASSERT_TRUE(confirm_p);
  EXPECT_TRUE(verifier.on_confirm(*confirm_p));
  EXPECT_EQ(prover.shared_key(), verifier.shared_key());
}

TEST_F(Spake2Run, anyTermThatDiffersFails) {
  Spake2Terms other = terms;
  other.context[0] ^= 1;
  expect_apart(other, terms);
  other = terms;
  other.id_prover[31] ^= 1;
  expect_apart(other, terms);
  other = terms;
  other.id_verifier[0] ^= 1;
  expect_apart(other, terms);
}

TEST_F(Spake2Run, swappedRolesFail) {
  expect_apart({terms.context, terms.id_verifier, terms.id_prover}, terms);
}

TEST_F(Spake2Run, bytesCannotMoveBetweenTerms) {
  Spake2Terms other = terms;
  other.id_prover.insert(other.id_prover.begin(), other.context.back());
  other.context.pop_back();
  expect_apart(other, terms);
}

TEST_F(Spake2Run, wrongPasswordFails) {
  const Scalar other = Scalar::from_entropy(random.bytes<48>());
  for (const auto& [a, b] : {std::pair{other, w1}, std::pair{w0, other}}) {
    Prover prover(terms, a, b, random);
    Verifier verifier(terms, w0, l, random);
    const auto response = verifier.on_share(prover.share());
    ASSERT_TRUE(response) << "the share of a wrong password looks like any other";
    EXPECT_FALSE(prover.on_response(response->share_v, response->confirm_v));
  }
}

TEST_F(Spake2Run, aVerifierRecordIsNotThePassword) {
  // Someone who stole w0 and L plays the prover with w0 alone: V = w1 * y * G stays out of reach.
  Prover thief(terms, w0, Scalar::from_entropy(random.bytes<48>()), random);
  Verifier verifier(terms, w0, l, random);
  const auto response = verifier.on_share(thief.share());
  EXPECT_FALSE(thief.on_response(response->share_v, response->confirm_v));
  EXPECT_FALSE(verifier.on_confirm(Confirmation{}));
}

TEST_F(Spake2Run, reflectedShareFails) {
  Prover prover(terms, w0, w1, random);
  EXPECT_FALSE(prover.on_response(prover.share(), Confirmation{}));

  Verifier verifier(terms, w0, l, random);
  Prover honest(terms, w0, w1, random);
  const auto response = verifier.on_share(honest.share());
  Verifier second(terms, w0, l, random);
  const auto reflected = second.on_share(response->share_v);
  ASSERT_TRUE(reflected);
  EXPECT_FALSE(second.on_confirm(reflected->confirm_v)) << "confirmations of the two sides differ";
  EXPECT_FALSE(verifier.on_confirm(response->confirm_v));
}

TEST_F(Spake2Run, splicedRunsFail) {
  // A middle with one connection to each side forwards everything; only the channel binding differs.
  Spake2Terms left = terms;
  Spake2Terms right = terms;
  left.context.back() = 1;
  right.context.back() = 2;
  expect_apart(left, right);
}

TEST_F(Spake2Run, whatIsNoPointFails) {
  Buffer off_curve = Prover(terms, w0, w1, random).share();
  off_curve[64] ^= 1;
  Buffer compressed = *from_hex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
  for (const Buffer& bad : {off_curve, Buffer{0}, Buffer(65, 0), Buffer{}, compressed, Buffer(66, 4)}) {
    Verifier verifier(terms, w0, l, random);
    EXPECT_FALSE(verifier.on_share(bad));
    EXPECT_FALSE(verifier.on_confirm(Confirmation{}));
    Prover prover(terms, w0, w1, random);
    EXPECT_FALSE(prover.on_response(bad, Confirmation{}));
  }
}

TEST_F(Spake2Run, sharesThatUnmaskToTheIdentityFail) {
  // w0 * M as shareP and w0 * N as shareV, which only someone who knows w0 can send.
  const Point m =
      *Point::from_bytes(*from_hex("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f"));
  const Point n =
      *Point::from_bytes(*from_hex("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49"));
  Verifier verifier(terms, w0, l, random);
  EXPECT_FALSE(verifier.on_share(crypto::multiply(w0, m).bytes()));
  Prover prover(terms, w0, w1, random);
  EXPECT_FALSE(prover.on_response(crypto::multiply(w0, n).bytes(), Confirmation{}));
}

TEST_F(Spake2Run, eachStepIsTakenOnce) {
  Prover prover(terms, w0, w1, random);
  Verifier verifier(terms, w0, l, random);
  EXPECT_FALSE(verifier.on_confirm(Confirmation{})) << "before any share";
  const auto response = verifier.on_share(prover.share());
  EXPECT_FALSE(verifier.on_share(prover.share())) << "one shareP per connection";
  const auto confirm_p = prover.on_response(response->share_v, response->confirm_v);
  EXPECT_FALSE(prover.on_response(response->share_v, response->confirm_v));
  EXPECT_FALSE(verifier.on_confirm(Confirmation{}));
  EXPECT_FALSE(verifier.on_confirm(*confirm_p)) << "a wrong confirmP ends the run";
}

}  // namespace
}  // namespace godesk::auth
