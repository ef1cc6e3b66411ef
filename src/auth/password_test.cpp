#include "auth/password.h"

#include <set>

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace godesk::auth {
namespace {

std::string canonical(std::string_view text) {
  auto bytes = canonical_password(text);
  return bytes ? std::string(text_of(*bytes)) : "(refused)";
}

TEST(Password, theAlphabetHasNoLookAlikes) {
  EXPECT_EQ(std::set<char>(kOneTimeAlphabet.begin(), kOneTimeAlphabet.end()).size(), 32u);
  for (char c : {'I', 'O', '0', '1'}) EXPECT_EQ(kOneTimeAlphabet.find(c), std::string_view::npos);
}

TEST(Password, oneTimeFormInAllItsSpellings) {
  for (const char* text : {"ABCD-EFGH", "abcdefgh", "AbCd EfGh", " a-b-c-d e f g h "}) {
    EXPECT_EQ(kind_of(text), PasswordKind::one_time) << text;
    EXPECT_EQ(canonical(text), "ABCDEFGH");
  }
}

TEST(Password, everythingElseIsUnattended) {
  for (const char* text : {"", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFG0", "ABCD_EFGH", "correct horse"})
    EXPECT_EQ(kind_of(text), PasswordKind::unattended) << text;
}

TEST(Password, generatedOnesAreOfTheFormAndDiffer) {
  SeededRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string symbols = make_one_time_password(random);
    EXPECT_EQ(kind_of(symbols), PasswordKind::one_time);
    EXPECT_EQ(canonical(shown_one_time_password(symbols)), symbols);
    EXPECT_TRUE(seen.insert(symbols).second);
  }
  EXPECT_EQ(shown_one_time_password("ABCDEFGH"), "ABCD-EFGH");
}

TEST(Password, unattendedPolicy) {
  EXPECT_EQ(unattended_fault("blue Otter 77"), std::nullopt);
  EXPECT_EQ(unattended_fault("zehn Wörter"), std::nullopt);
  EXPECT_EQ(unattended_fault("ninechars"), PasswordFault::too_short);
  EXPECT_EQ(unattended_fault("äöüäöüäöü"), PasswordFault::too_short) << "characters count, not bytes";
  EXPECT_EQ(unattended_fault("a\u0308o\u0308u\u0308A\u0308O\u0308"), PasswordFault::too_short);
  EXPECT_EQ(unattended_fault("abcd--efgh"), PasswordFault::one_time_form);
  EXPECT_EQ(unattended_fault("Password123"), PasswordFault::common);
  EXPECT_EQ(unattended_fault("qwertyuiop"), PasswordFault::common);
  EXPECT_EQ(unattended_fault("abababababab"), PasswordFault::common);
  EXPECT_EQ(unattended_fault("tab\tinside it"), PasswordFault::control);
  EXPECT_EQ(unattended_fault("not utf-8 \xff\xfe"), PasswordFault::not_utf8);
  EXPECT_EQ(unattended_fault(std::string(1025, 'x')), PasswordFault::too_long);
}

TEST(Password, unattendedBytesAreNormalFormC) {
  EXPECT_EQ(canonical("a\u0308 long password"), "\u00e4 long password");
  EXPECT_EQ(canonical("Case And - Space Stay"), "Case And - Space Stay");
  EXPECT_EQ(canonical("bad \xc3"), "(refused)");
}

}  // namespace
}  // namespace godesk::auth
