#include "auth/authorised_keys.h"

#include <gtest/gtest.h>

namespace godesk::auth {
namespace {

crypto::PublicKey key(std::uint8_t n) {
  crypto::PublicKey k;
  k.bytes.fill(n);
  return k;
}

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

TEST(AuthorisedKeys, KeepsWhatWasPutOverItsTextForm) {
  AuthorisedKeys keys;
  ASSERT_TRUE(keys.put({key(1), 7, at(1000), "the laptop in the kitchen"}));
  ASSERT_TRUE(keys.put({key(2), 1, std::nullopt, ""}));
  const auto back = AuthorisedKeys::decode(keys.encode());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->all(), keys.all());
}

TEST(AuthorisedKeys, AnEntryEndsAtItsTime) {
  AuthorisedKeys keys;
  keys.put({key(1), 7, at(1000), ""});
  keys.put({key(2), 7, std::nullopt, ""});
  EXPECT_NE(keys.find(at(999), key(1)), nullptr);
  EXPECT_EQ(keys.find(at(1000), key(1)), nullptr);
  EXPECT_NE(keys.find(at(1'000'000'000'000), key(2)), nullptr);
  EXPECT_EQ(keys.find(at(0), key(3)), nullptr);
}

TEST(AuthorisedKeys, OneKeyHasOneEntry) {
  AuthorisedKeys keys;
  keys.put({key(1), 7, std::nullopt, "old"});
  keys.put({key(1), 1, std::nullopt, "new"});
  ASSERT_EQ(keys.all().size(), 1u);
  EXPECT_EQ(keys.all()[0].label, "new");
  EXPECT_TRUE(keys.remove(key(1)));
  EXPECT_FALSE(keys.remove(key(1)));
}

TEST(AuthorisedKeys, TheListIsBounded) {
  AuthorisedKeys keys;
  for (std::size_t n = 0; n < kMaxAuthorisedKeys; ++n) {
    crypto::PublicKey k = key(0);
    k.bytes[0] = static_cast<std::uint8_t>(n);
    k.bytes[1] = static_cast<std::uint8_t>(n >> 8);
    ASSERT_TRUE(keys.put({k, 1, std::nullopt, ""}));
  }
  EXPECT_FALSE(keys.put({key(9), 1, std::nullopt, ""}));
  const std::string one_more = keys.encode() + to_base64url(key(9).bytes) + " 1 0 \n";
  EXPECT_EQ(AuthorisedKeys::decode(one_more).reason(), AuthorisedKeysError::too_many);
}

TEST(AuthorisedKeys, ADamagedFileIsRefusedWhole) {
  const std::string k = to_base64url(key(1).bytes);
  for (const std::string& text :
       {k, k + "\n", k + " 7\n", k + " 7 0\n", k + " x 0 \n", k + " 7 -1 \n", k + " 7 0 a\tb\n", k + " 7 0 ",
        k.substr(1) + " 7 0 \n", std::string("\n"), k + " 7 0 " + std::string(65, 'a') + "\n"}) {
    const auto keys = AuthorisedKeys::decode(text);
    ASSERT_FALSE(keys.ok()) << text;
  }
  EXPECT_FALSE(AuthorisedKeys().put({key(1), 7, std::nullopt, "two\nlines"}));
}

TEST(AuthorisedKeys, TheHashNeedsBothKeys) {
  EXPECT_NE(entry_hash(key(1), key(2)), entry_hash(key(2), key(1)));
  EXPECT_NE(entry_hash(key(1), key(2)), entry_hash(key(3), key(2)));
}

}  // namespace
}  // namespace godesk::auth
