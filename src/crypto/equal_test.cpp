#include "crypto/equal.h"

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

TEST(Equal, comparesLengthAndContent) {
  EXPECT_TRUE(equal(bytes_of("secret"), bytes_of("secret")));
  EXPECT_FALSE(equal(bytes_of("secret"), bytes_of("secreT")));
  EXPECT_FALSE(equal(bytes_of("secret"), bytes_of("secre")));
  EXPECT_FALSE(equal({}, bytes_of("s")));
  EXPECT_TRUE(equal({}, {}));
}

}  // namespace
}  // namespace godesk::crypto
