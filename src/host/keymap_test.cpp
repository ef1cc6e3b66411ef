#include "host/keymap.h"

#include <gmock/gmock.h>

namespace godesk::host {
namespace {

constexpr std::size_t kTwoLevel = 0, kAlphabetic = 1, kFourLevel = 2, kKeypad = 3, kEight = 4,
                      kControlLevels = 5;
constexpr Keysym kKp1 = 0xffb1, kKpEnd = 0xff9c;

/// A small German map: q with @, 2 with ", the keypad's 1; Cyrillic in the second group of q.
Keymap german() {
  Keymap map;
  map.types = {
      {kShift, {{kShift, 1}}},
      {kShift | kLock, {{kShift, 1}, {kLock, 1}}},
      {kShift | kMod5, {{kShift, 1}, {kMod5, 2}, {kShift | kMod5, 3}}},
      {kShift | kMod2, {{kShift, 1}, {kMod2, 1}}},
      {kShift | kMod5 | kMod2,
       {{kShift, 1},
        {kMod5, 2},
        {kShift | kMod5, 3},
        {kMod2, 4},
        {kShift | kMod2, 5},
        {kMod5 | kMod2, 6},
        {kShift | kMod5 | kMod2, 7}}},
      {kShift | kControl, {{kShift, 1}, {kControl, 2}, {kShift | kControl, 3}}},
  };
  map.keys[24] = {{kFourLevel, {'q', 'Q', '@', 0x7d9}}, {kAlphabetic, {0x6ca, 0x6ea}}};
  map.keys[11] = {{kFourLevel, {'2', '"', 0xb2, 0xac3}}};
  map.keys[38] = {{kAlphabetic, {'a', 'A'}}};
  map.keys[87] = {{kKeypad, {kKpEnd, kKp1}}};
  map.keys[50] = {{kTwoLevel, {kShiftL, 0}}};
  map.keys[92] = {{kTwoLevel, {kLevel3Shift, 0}}};
  map.modifiers[50] = kShift;
  map.modifiers[92] = kMod5;
  map.index();
  return map;
}

TEST(Keymap, NamesTheModifiersThatACharacterNeeds) {
  const Keymap map = german();
  EXPECT_EQ(map.find('q', 0, 0), (KeyChoice{24, kShift | kMod5 | kLock, 0}));
  EXPECT_EQ(map.find('@', 0, kShift), (KeyChoice{24, kShift | kMod5, kMod5}));
  EXPECT_EQ(map.find('"', 0, 0), (KeyChoice{11, kShift | kMod5, kShift}));
  EXPECT_FALSE(map.find(0x010020ac, 0, 0));
}

TEST(Keymap, TakesTheWayThatChangesLeast) {
  const Keymap map = german();
  EXPECT_EQ(map.find('A', 0, kLock)->mods, kLock);  // Caps Lock already makes it
  EXPECT_EQ(map.find('A', 0, 0)->mods, kShift);
  EXPECT_EQ(map.find('a', 0, kLock)->mods, 0);
  EXPECT_EQ(map.find(kKp1, 0, kMod2)->mods, kMod2);
}

TEST(Keymap, CapsLockGoesOffWhereClientsWouldCapitalise) {
  const Keymap map = german();
  EXPECT_TRUE(map.find('q', 0, kLock)->relevant & kLock);
  EXPECT_FALSE(map.find('@', 0, kLock)->relevant & kLock);
}

TEST(Keymap, LevelsWhoseTypePreservesCapsLockAreNoWayToALetter) {
  Keymap map = german();
  map.types.push_back({kLock | kMod5, {{kMod5, 1}, {kLock | kMod5, 1, kLock}}});
  map.keys[47] = {{map.types.size() - 1, {'m', 0xb5}}};
  map.index();
  EXPECT_EQ(map.find(0xb5, 0, kLock)->mods, kMod5);
}

TEST(Keymap, OldAndUnicodeNamesAreOne) {
  const Keymap map = german();
  EXPECT_EQ(map.find(0x01000439, 1, 0)->code, 24);  // short i, on the map as Cyrillic_shorti
  EXPECT_EQ(map.find(0x6ca, 1, 0)->code, 24);
}

TEST(Keymap, OnlyTheGroupInEffectTypes) {
  const Keymap map = german();
  EXPECT_FALSE(map.find('q', 1, 0));
  EXPECT_TRUE(map.find('a', 1, 0));              // one group is all groups
  EXPECT_EQ(map.key_with('q', 1), Keycode{24});  // for shortcuts the key is enough
}

TEST(Keymap, FindsKeysThatHoldModifiers) {
  const Keymap map = german();
  EXPECT_EQ(map.holder(kShift), Keycode{50});
  EXPECT_EQ(map.holder(kMod5), Keycode{92});
}

TEST(Keymap, SelectsTheTypeWithMostLevelsThatNeedNoShortcutModifier) {
  const LevelSelectors best = best_selectors(german().types);
  EXPECT_EQ(best.type, kEight);
  EXPECT_EQ(best.relevant, kShift | kMod5 | kMod2);
  EXPECT_THAT(best.levels, testing::ElementsAre(0, kShift, kMod5, kShift | kMod5, kMod2, kShift | kMod2,
                                                kMod5 | kMod2, kShift | kMod5 | kMod2));
}

TEST(Keysym, CharactersAndKeysAreToldApart) {
  EXPECT_EQ(keysym_of(U'\n'), kReturn);
  EXPECT_EQ(keysym_of(U'ß'), 0xdfu);
  EXPECT_EQ(keysym_of(U'€'), 0x010020acu);
  EXPECT_EQ(keysym_of(U'\U0001F600'), 0x0101f600u);
  EXPECT_EQ(keysym_of(1), 0u);
  EXPECT_EQ(keysym_of(0xd800), 0u);
  EXPECT_EQ(keysym_of(0x110000), 0u);
  EXPECT_EQ(canonical(0x20ac), 0x010020acu);  // EuroSign
  EXPECT_EQ(canonical(kReturn), kReturn);
  EXPECT_EQ(character_of(kShiftL), 0u);
}

}  // namespace
}  // namespace godesk::host
