#include "host/screen_sizer.h"

#include <gtest/gtest.h>

namespace godesk::host {
namespace {

TEST(NearestMode, FitsIntoTheWindow) {
  const std::vector<ScreenSize> modes = {{1920, 1080}, {1280, 1024}, {1280, 720}, {1024, 768}, {640, 480}};
  const struct {
    ScreenSize wanted, found;
  } table[] = {
      {{1280, 720}, {1280, 720}},    // the same
      {{1300, 1000}, {1280, 720}},   // the largest area that fits, not the nearest area
      {{1290, 1100}, {1280, 1024}},  //
      {{4000, 3000}, {1920, 1080}},  // larger than all
      {{1920, 700}, {640, 480}},     // each side counts
      {{500, 900}, {640, 480}},      // nothing fits: the smallest
  };
  for (const auto& row : table)
    EXPECT_EQ(modes[*nearest_mode(modes, row.wanted)], row.found) << row.wanted.width;
  EXPECT_FALSE(nearest_mode({}, {800, 600}));
}

}  // namespace
}  // namespace godesk::host
