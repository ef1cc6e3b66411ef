#include "auth/normal_form.h"

#include <gtest/gtest.h>

namespace godesk::auth {
namespace {

TEST(Utf8, roundTripsEveryLength) {
  const std::u32string text =
      U"a\x7f"
      U"\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  EXPECT_EQ(from_utf8(to_utf8(text)), text);
  EXPECT_EQ(from_utf8(""), U"");
}

TEST(Utf8, refusesWhatIsNotStrict) {
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                          "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "a\xe2(\xa1"})
    EXPECT_FALSE(from_utf8(bad)) << bad;
}

struct Case {
  const char32_t *in, *out;
};

TEST(NormalFormC, unicodeExamples) {  // from Annex 15 and NormalizationTest.txt
  for (const Case& c : {
           Case{U"plain ASCII", U"plain ASCII"},
           {U"a\u0308", U"\u00e4"},  // a, diaeresis
           {U"\u00e4", U"\u00e4"},
           {U"\u212b", U"\u00c5"},  // the angstrom sign is a letter
           {U"\u1e69", U"\u1e69"},  // s with dots below and above
           {U"s\u0323\u0307", U"\u1e69"},
           {U"s\u0307\u0323", U"\u1e69"},  // marks in the wrong order
           {U"\u1e0b\u0323", U"\u1e0d\u0307"},
           {U"\u1100\u1161", U"\uac00"},  // Hangul
           {U"\u1100\u1161\u11a8", U"\uac01"},
           {U"\uac00\u11a8", U"\uac01"},
           {U"\uac01\u11a8", U"\uac01\u11a8"},
           {U"\u0958", U"\u0915\u093c"},  // excluded from composition
           {U"\u2126", U"\u03a9"},        // singleton
           {U"\U0001d15e", U"\U0001d157\U0001d165"},
           {U"a\u0315\u0300\u05ae\u0300b", U"\u00e0\u05ae\u0300\u0315b"},
           {U"\u0308a", U"\u0308a"},  // a mark without a base
       })
    EXPECT_EQ(normal_form_c(c.in), c.out) << to_utf8(c.in);
}

}  // namespace
}  // namespace godesk::auth
