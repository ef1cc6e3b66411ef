#include "auth/login_context.h"

#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "auth/identity.h"
#include "auth/spake2plus.h"
#include "base/test_random.h"

namespace godesk::auth {
namespace {

/// One whole login over one QUIC connection, as session/ will run it.
struct Login : testing::Test {
  SeededRandom random;
  Identity host = make_identity(random);
  Identity caller = make_identity(random);
  Buffer alpn = to_buffer(bytes_of("godesk/1"));
  Buffer binding = Buffer(32, 9);

  Spake2Terms terms(const LoginOffer& offer) const {
    return {login_context(alpn, binding, offer), to_buffer(caller.public_key.bytes),
            to_buffer(host.public_key.bytes)};
  }

  bool opens(std::string_view password, const PasswordRecord& record, const LoginOffer& told) {
    const auto secrets = derive_secrets(password, host.public_key, told);
    if (!secrets) return false;
    Prover prover(terms(told), secrets->w0, secrets->w1, random);
    Verifier verifier(terms(record.offer), record.w0, record.l, random);
    const auto response = verifier.on_share(prover.share());
    const auto confirm_p = prover.on_response(response->share_v, response->confirm_v);
    return confirm_p && verifier.on_confirm(*confirm_p);
  }
};

TEST_F(Login, bothKindsOpenWithTheirPassword) {
  for (const char* password : {"ABCD-EFGH", "correct horse battery"}) {
    const auto record = make_record(password, host.public_key, random);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->offer.kind, kind_of(password));
    EXPECT_TRUE(opens(password, *record, record->offer));
    EXPECT_FALSE(opens("another password", *record, record->offer));
  }
  const auto one_time = make_record("ABCDEFGH", host.public_key, random);
  EXPECT_TRUE(opens("abcd efgh", *one_time, one_time->offer)) << "spelling does not matter";
}

TEST_F(Login, anyChangeOfTheOfferFails) {
  const auto record = make_record("ABCD-EFGH", host.public_key, random);
  LoginOffer told = record->offer;
  told.kind = PasswordKind::unattended;
  EXPECT_FALSE(opens("ABCD-EFGH", *record, told));
  told = record->offer;
  told.salt[5] ^= 1;
  EXPECT_FALSE(opens("ABCD-EFGH", *record, told));
  for (const crypto::ScryptParameters& kdf :
       {crypto::ScryptParameters{2048, 8, 1}, {1024, 7, 1}, {1024, 8, 2}}) {
    told = record->offer;
    told.kdf = kdf;
    EXPECT_FALSE(opens("ABCD-EFGH", *record, told));
  }
}

TEST_F(Login, everyFieldOfTheContextCounts) {
  const LoginOffer offer{PasswordKind::one_time, Salt{}, {1024, 8, 1}};
  std::set<std::string> contexts = {to_hex(login_context(alpn, binding, offer))};
  const auto add = [&](ByteView a, ByteView b, LoginOffer o) {
    EXPECT_TRUE(contexts.insert(to_hex(login_context(a, b, o))).second);
  };
  add(bytes_of("godesk/2"), binding, offer);
  add(alpn, Buffer(32, 8), offer);
  add(alpn, Buffer(31, 9), offer);
  add(bytes_of("godesk/1\t"), Buffer(31, 9), offer);  // 9 is a tab: the same bytes in a row
  LoginOffer other = offer;
  other.kind = PasswordKind::unattended;
  add(alpn, binding, other);
  other = offer;
  other.salt[15] = 1;
  add(alpn, binding, other);
  for (const crypto::ScryptParameters& kdf :
       {crypto::ScryptParameters{2048, 8, 1}, {1024, 9, 1}, {1024, 8, 2}}) {
    other = offer;
    other.kdf = kdf;
    add(alpn, binding, other);
  }
}

TEST_F(Login, contextBytes) {
  LoginOffer offer{PasswordKind::unattended, Salt{}, {32768, 8, 1}};
  offer.salt.fill(0xaa);
  EXPECT_EQ(to_hex(login_context(bytes_of("hi"), Buffer(3, 0xbb), offer)),
            "476f4465736b206c6f67696e207631"  // GoDesk login v1
            "00026869"
            "0003bbbbbb"
            "02"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "000080000000000800000001");
  EXPECT_THROW(login_context(Buffer(65536), {}, offer), std::logic_error);
}

TEST_F(Login, aRecordIsWorthlessUnderAnotherHostKey) {
  const auto record = make_record("ABCD-EFGH", host.public_key, random);
  const auto secrets = derive_secrets("ABCD-EFGH", caller.public_key, record->offer);
  EXPECT_NE(secrets->w0.bytes(), record->w0.bytes());
}

TEST_F(Login, callerRefusesCostlyParameters) {
  const auto derive = [&](crypto::ScryptParameters kdf) {
    return derive_secrets("some password", host.public_key, {PasswordKind::unattended, Salt{}, kdf});
  };
  EXPECT_EQ(derive({1u << 18, 8, 1}).reason(), DeriveError::bad_parameters);
  EXPECT_EQ(derive({1024, 1u << 30, 1}).reason(), DeriveError::bad_parameters);
  EXPECT_EQ(derive({0, 0, 0}).reason(), DeriveError::bad_parameters);
  EXPECT_EQ(derive_secrets("\xff", host.public_key, {}).reason(), DeriveError::bad_password);
}

TEST_F(Login, standInsLookRealAndStayTheSame) {
  for (PasswordKind kind : {PasswordKind::one_time, PasswordKind::unattended}) {
    const PasswordRecord record = stand_in_record(kind, host.key);
    EXPECT_EQ(record.offer.kind, kind);
    EXPECT_EQ(record.offer.kdf, kdf_of(kind));
    EXPECT_EQ(stand_in_record(kind, host.key).offer, record.offer);
    EXPECT_NE(stand_in_record(kind, caller.key).offer.salt, record.offer.salt);
  }
  const PasswordRecord record = stand_in_record(PasswordKind::one_time, host.key);
  EXPECT_FALSE(opens("ABCD-EFGH", record, record.offer));
}

TEST_F(Login, recordFileRoundTrips) {
  const auto record = make_record("ABCD-EFGH", host.public_key, random);
  const Buffer file = encode_record(*record, host.public_key);
  const auto again = decode_record(file, host.public_key);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->offer, record->offer);
  EXPECT_EQ(again->w0.bytes(), record->w0.bytes());
  EXPECT_EQ(again->l, record->l);
  EXPECT_EQ(decode_record(file, caller.public_key).reason(), RecordError::other_host);
}

TEST_F(Login, recordFileNoticesDamage) {
  const auto record = make_record("ABCD-EFGH", host.public_key, random);
  const Buffer file = encode_record(*record, host.public_key);
  for (std::size_t i = 0; i < file.size(); ++i) {
    Buffer changed = file;
    changed[i] ^= 1;
    EXPECT_EQ(decode_record(changed, host.public_key).reason(), RecordError::malformed) << i;
    EXPECT_FALSE(decode_record(ByteView(file).first(i), host.public_key));
  }
}

}  // namespace
}  // namespace godesk::auth
