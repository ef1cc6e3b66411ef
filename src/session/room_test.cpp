#include "session/room.h"

#include <gtest/gtest.h>

namespace godesk::session {
namespace {

constexpr std::int64_t kMegabit = 1'000'000;

/// 50 ms there and back; `in_flight` bytes are under way.
quic::Stats link(std::int64_t carries, std::int64_t in_flight = 0) {
  quic::Stats stats;
  stats.smoothed_rtt = stats.link_rtt = 50ms;
  stats.link_rate = {carries};
  stats.in_flight = {in_flight};
  return stats;
}

TEST(Room, IsARoundTripAndOnePicture) {
  EXPECT_EQ(room_in_flight(link(8 * kMegabit)), 67'000);
  EXPECT_EQ(room_in_flight(link(100'000)), 8 << 10) << "however slow the link";
}

TEST(Room, OfALinkThatWasNeverFullIsALittleMoreThanItCarried) {
  quic::Stats stats = link(0);
  EXPECT_EQ(room_in_flight(stats), 64 << 10);
  stats.delivery_rate = {80 * kMegabit};
  EXPECT_EQ(room_in_flight(stats), 795'000);
  stats.link_rtt = {};
  stats.smoothed_rtt = 100ms;
  EXPECT_EQ(room_in_flight(stats), 1'420'000) << "before a queue could be told from the way";
}

TEST(Room, PicturesWaitForOlderOnes) {
  const struct {
    const char* what;
    std::int64_t in_flight;
    Waiting screen;
    bool room;
  } rows[] = {
      {"nothing under way", 0, {0, 0}, true},
      {"one that did not leave yet", 0, {1, 0}, false},
      {"room for one more", 66'000, {0, 66'000}, true},
      {"the link is full", 67'000, {0, 67'000}, false},
      {"of somebody else's", 200'000, {0, 20'000}, true},
      {"arrived, behind one that got lost", 20'000, {0, 200'000}, true},
      {"too much behind it", 20'000, {0, 268'000}, false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(picture_has_room(link(8 * kMegabit, row.in_flight), row.screen), row.room) << row.what;
}

TEST(Room, BulkFillsWhatThePictureLeaves) {
  const struct {
    const char* what;
    std::int64_t carries, in_flight;
    Waiting bulk;
    bool room;
  } rows[] = {
      {"a link that was never full", 0, 900'000, {900'000, 900'000}, true},
      {"part of a round trip", 8 * kMegabit, 40'000, {9'000, 20'000}, true},
      {"all of it", 8 * kMegabit, 40'000, {10'000, 20'000}, false},
      {"the picture takes all, and a message is under way", 8 * kMegabit, 60'000, {0, 100}, false},
      {"the picture takes all", 8 * kMegabit, 60'000, {0, 0}, true},
  };
  for (const auto& row : rows)
    EXPECT_EQ(bulk_has_room(link(row.carries, row.in_flight), row.bulk), row.room) << row.what;
}

TEST(Room, APieceOfBulkIsAMomentOfTheLink) {
  EXPECT_EQ(bulk_piece(link(0), 32'768), 32'768u);
  EXPECT_EQ(bulk_piece(link(2 * kMegabit), 32'768), 5'000u);
  EXPECT_EQ(bulk_piece(link(100'000), 32'768), 2'048u);
  EXPECT_EQ(bulk_piece(link(100 * kMegabit), 32'768), 32'768u);
}

}  // namespace
}  // namespace godesk::session
