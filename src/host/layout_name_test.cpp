#include "host/layout_name.h"

#include <gtest/gtest.h>

namespace godesk::host {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(LayoutName, OfTheGroupThatIsChosen) {
  constexpr auto two = "evdev\0pc105\0us,de\0,nodeadkeys\0grp:alt_shift_toggle\0"sv;
  EXPECT_EQ(layout_name(two, 0), "us");
  EXPECT_EQ(layout_name(two, 1), "de(nodeadkeys)");
  EXPECT_EQ(layout_name(two, 3), "de(nodeadkeys)") << "the last one";
  EXPECT_EQ(layout_name("evdev\0pc105\0fr\0\0\0"sv, 0), "fr");
  EXPECT_EQ(layout_name("evdev\0pc105\0fr"sv, 0), "fr") << "cut off";
}

TEST(LayoutName, NothingFromNonsense) {
  EXPECT_EQ(layout_name("", 0), "");
  EXPECT_EQ(layout_name("evdev\0pc105"sv, 0), "");
  EXPECT_EQ(layout_name("evdev\0pc105\0\0oss\0"sv, 0), "");
  EXPECT_EQ(layout_name("e\0p\0d\xc3\xa4\n\0\0\0"sv, 0), "d") << "printable ASCII only";
  EXPECT_EQ(layout_name("e\0p\0"s + std::string(200, 'x'), 0).size(), 64u);
}

}  // namespace
}  // namespace godesk::host
