#include "os/line_output.h"

#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace godesk::os {
namespace {

class LineOutputTest : public testing::Test {
 protected:
  LineOutputTest() { EXPECT_EQ(::pipe(ends_), 0); }
  ~LineOutputTest() override {
    close_reader();
    ::close(ends_[1]);
  }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  std::string read(std::size_t most) {
    std::string bytes(most, '\0');
    const auto n = ::read(ends_[0], bytes.data(), most);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }

  int ends_[2];
};

TEST_F(LineOutputTest, ALineIsThereAtOnce) {
  LineOutput out(ends_[1]);
  EXPECT_TRUE(out.write("one"));
  EXPECT_EQ(read(100), "one\n");
}

TEST_F(LineOutputTest, AReaderThatStoppedHoldsNobodyUpAndGetsWholeLinesLater) {
  LineOutput out(ends_[1], 10'000);
  const std::string line(999, 'x');
  int kept = 0;
  while (out.write(line)) ++kept;  // would never end if it waited
  EXPECT_GT(kept, 10);
  EXPECT_LE(out.waiting(), 10'000u);

  std::size_t heard = 0;
  while (heard < static_cast<std::size_t>(kept) * 1000) {
    heard += read(5000).size();
    out.flush();
  }
  EXPECT_EQ(heard, static_cast<std::size_t>(kept) * 1000);
  EXPECT_TRUE(out.write("again"));
  EXPECT_EQ(read(100), "again\n");
}

TEST_F(LineOutputTest, TheEndWaitsForAReaderOnlySoLong) {
  LineOutput out(ends_[1], 10'000);
  while (out.write(std::string(999, 'x'))) {
  }
  out.drain(1ms);
  EXPECT_GT(out.waiting(), 0u);
}

TEST_F(LineOutputTest, AReaderThatLeftIsForgotten) {
  std::signal(SIGPIPE, SIG_IGN);
  LineOutput out(ends_[1]);
  close_reader();
  EXPECT_TRUE(out.write("one"));
  EXPECT_EQ(out.waiting(), 0u);
}

}  // namespace
}  // namespace godesk::os
