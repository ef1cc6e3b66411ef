#include "auth/device_id.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace godesk::auth {
namespace {

TEST(DeviceId, acceptsWhatPeopleType) {
  for (const char* text : {"123456789", "123 456 789", "123-456-789", " 1 2-3 456789 "}) {
    const auto id = DeviceId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->number(), 123456789u);
    EXPECT_EQ(id->to_string(), "123456789");
    EXPECT_EQ(id->grouped(), "123 456 789");
  }
}

TEST(DeviceId, refusesEverythingElse) {
  for (const char* text : {"", "-", "12345678", "1234567890", "012345678", "12345678a", "123.456.789",
                           "192.0.2.1", "+123456789", "123456789\n", "99999999999999999999"})
    EXPECT_FALSE(DeviceId::parse(text)) << text;
}

TEST(DeviceId, numbersAreOfNineDigits) {
  EXPECT_FALSE(DeviceId::from_number(99'999'999));
  EXPECT_TRUE(DeviceId::from_number(100'000'000));
  EXPECT_TRUE(DeviceId::from_number(999'999'999));
  EXPECT_FALSE(DeviceId::from_number(1'000'000'000));
}

TEST(DeviceId, randomOnesAreValidAndDiffer) {
  SeededRandom random;
  const DeviceId first = DeviceId::random(random);
  for (int i = 0; i < 100; ++i) {
    const DeviceId id = DeviceId::random(random);
    EXPECT_EQ(DeviceId::parse(id.grouped()), id);
    EXPECT_NE(id, first);
  }
}

}  // namespace
}  // namespace godesk::auth
