#include "host/door.h"

#include <gtest/gtest.h>

#include "auth/password.h"
#include "sim/seeded_random.h"

namespace godesk::host {
namespace {

using auth::PasswordKind;

struct Disk final : GuessStore {
  void save(ByteView state) override {
    saved = to_buffer(state);
    ++saves;
  }
  Buffer saved;
  int saves = 0;
};

struct DoorTest : testing::Test {
  sim::SeededRandom random{9};
  auth::Identity identity = auth::make_identity(random);
  Disk disk;
  crypto::PublicKey stranger = auth::make_identity(random).public_key;
  crypto::PublicKey owner = auth::make_identity(random).public_key;
  Time now{};

  Door open(WallTime wall = WallTime{} + 1'000'000s) {
    DoorConfig config;
    config.identity = identity;
    config.guess_state = disk.saved;
    config.started = now;
    config.wall_started = wall;
    return Door(config, random, disk);
  }
  int spend_all(Door& door, const crypto::PublicKey& who) {
    int spent = 0;
    while (door.spend(now, who, PasswordKind::one_time)) ++spent;
    return spent;
  }
};

TEST_F(DoorTest, BothKindsAreOfferedThoughOnlyOneIsSet) {
  Door door = open();
  auto offers = door.offers();
  ASSERT_EQ(offers.size(), 2u);
  EXPECT_EQ(offers[0].kind, PasswordKind::one_time);
  EXPECT_EQ(offers[1].kind, PasswordKind::unattended);
  // The stand-in is the same after a restart: else its absence would show.
  EXPECT_EQ(open().offers()[1].salt, offers[1].salt);
}

TEST_F(DoorTest, AGuessIsOnDiskBeforeItIsGiven) {
  Door door = open();
  EXPECT_EQ(disk.saves, 0);
  ASSERT_TRUE(door.spend(now, stranger, PasswordKind::one_time));
  EXPECT_EQ(disk.saves, 1);
}

TEST_F(DoorTest, WhatWasSpentStaysSpentOverRestarts) {
  {
    Door door = open();
    EXPECT_EQ(spend_all(door, stranger), 10);
    EXPECT_GT(door.wait(now, stranger, PasswordKind::one_time), 0s);
  }
  for (int i = 0; i < 3; ++i) {
    Door again = open();
    EXPECT_EQ(spend_all(again, auth::make_identity(random).public_key), 0) << i;
  }
}

TEST_F(DoorTest, ADamagedFileGivesNoGuesses) {
  disk.saved = Buffer{1, 2, 3};
  Door door = open();
  EXPECT_EQ(spend_all(door, stranger), 0);
  now += 31s;
  EXPECT_EQ(spend_all(door, stranger), 1);
}

TEST_F(DoorTest, AKeyThatLoggedInIsKnownAfterARestartAndHasGuessesOfItsOwn) {
  {
    Door door = open();
    auto guess = door.spend(now, owner, PasswordKind::one_time);
    ASSERT_TRUE(guess);
    EXPECT_FALSE(door.knows(owner));
    ASSERT_TRUE(door.admit(now, owner, PasswordKind::one_time, guess->generation));
    spend_all(door, stranger);
  }
  Door door = open();
  EXPECT_TRUE(door.knows(owner));
  EXPECT_EQ(door.wait(now, owner, PasswordKind::one_time), 0s);
  EXPECT_GT(door.wait(now, stranger, PasswordKind::one_time), 0s);
  EXPECT_EQ(spend_all(door, owner), 10);
}

TEST_F(DoorTest, TheOneTimePasswordOpensOnceAndIsThenAnother) {
  Door door = open();
  const std::string shown = door.shown_password();
  auto mine = door.spend(now, owner, PasswordKind::one_time);
  auto theirs = door.spend(now, stranger, PasswordKind::one_time);
  ASSERT_TRUE(mine && theirs);
  EXPECT_TRUE(door.admit(now, owner, PasswordKind::one_time, mine->generation));
  EXPECT_FALSE(door.admit(now, stranger, PasswordKind::one_time, theirs->generation));
  EXPECT_NE(door.shown_password(), shown);
  EXPECT_FALSE(door.knows(stranger));
}

TEST_F(DoorTest, MissesNeverChangeThePassword) {
  Door door = open();
  const std::string shown = door.shown_password();
  spend_all(door, stranger);
  EXPECT_EQ(door.shown_password(), shown);
  door.renew_password();
  EXPECT_NE(door.shown_password(), shown);
}

}  // namespace
}  // namespace godesk::host
