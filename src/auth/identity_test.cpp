#include "auth/identity.h"

#include <gtest/gtest.h>

#include "base/test_random.h"
#include "crypto/hash.h"

namespace godesk::auth {
namespace {

TEST(Identity, fingerprintIsHalfTheHashOfTheKey) {
  const crypto::PublicKey key;
  const std::string hex = to_hex(crypto::sha256(key.bytes));
  const std::string print = fingerprint(key);
  EXPECT_EQ(print.size(), 8u * 4 + 7);
  EXPECT_EQ(print.substr(0, 9), hex.substr(0, 4) + " " + hex.substr(4, 4));
  EXPECT_EQ(print.substr(35), hex.substr(28, 4));
}

TEST(KeyFile, givesTheSameIdentityOnTheSameMachine) {
  SeededRandom random;
  const Identity identity = make_identity(random);
  const Buffer file = encode_key_file(identity, "machine-a", random);
  const auto again = decode_key_file(file, "machine-a");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->key.seed, identity.key.seed);
  EXPECT_EQ(again->public_key, identity.public_key);
}

TEST(KeyFile, onACloneANewKeyMustBeMade) {
  SeededRandom random;
  const Buffer file = encode_key_file(make_identity(random), "machine-a", random);
  EXPECT_EQ(decode_key_file(file, "machine-b").reason(), KeyFileError::other_machine);
  EXPECT_EQ(decode_key_file(file, "").reason(), KeyFileError::other_machine);
}

TEST(KeyFile, keepsNoMachineIdAndAnotherMarkEachTime) {
  SeededRandom random;
  const Identity identity = make_identity(random);
  const Buffer one = encode_key_file(identity, "machine-a", random);
  const Buffer two = encode_key_file(identity, "machine-a", random);
  EXPECT_EQ(text_of(one).find("machine-a"), std::string_view::npos);
  EXPECT_FALSE(same_bytes(ByteView(one).last(32), ByteView(two).last(32)));
}

TEST(KeyFile, damageIsNoticed) {
  SeededRandom random;
  const Buffer file = encode_key_file(make_identity(random), "m", random);
  for (std::size_t i = 0; i < file.size(); ++i) {
    Buffer changed = file;
    changed[i] ^= 1;
    EXPECT_FALSE(decode_key_file(changed, "m")) << i;
    EXPECT_EQ(decode_key_file(ByteView(file).first(i), "m").reason(), KeyFileError::malformed);
  }
  Buffer longer = file;
  longer.push_back(0);
  EXPECT_FALSE(decode_key_file(longer, "m"));
}

}  // namespace
}  // namespace godesk::auth
