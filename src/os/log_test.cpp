#include "os/log.h"

#include <gtest/gtest.h>

namespace godesk::os {
namespace {

TEST(Log, EscapesWhatCouldForgeALineOrDriveATerminal) {
  EXPECT_EQ(escaped("plain text, ünï €"), "plain text, ünï €");
  EXPECT_EQ(escaped("a\nb\r\x1b[31m"), "a\\x0ab\\x0d\\x1b[31m");
  EXPECT_EQ(escaped("back\\slash"), "back\\x5cslash");
  EXPECT_EQ(escaped("\xc2\x9b"), "\\xc2\\x9b");                // C1 CSI
  EXPECT_EQ(escaped("\xff\xc3"), "\\xff\\xc3");                // not UTF-8
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");       // a surrogate
  EXPECT_EQ(escaped("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");  // beyond the BMP
}

TEST(Log, LevelsByVerbosity) {
  EXPECT_EQ(log_level(0), LogLevel::info);
  EXPECT_EQ(log_level(1), LogLevel::debug);
  EXPECT_EQ(log_level(2), LogLevel::trace);
  EXPECT_FALSE(StderrLog(log_level(0)).wants(LogLevel::debug));
}

}  // namespace
}  // namespace godesk::os
