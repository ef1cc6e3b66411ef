#include "host/typist.h"

#include <gmock/gmock.h>

namespace godesk::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A keyboard that translates as a program would, and remembers what came of it.
class FakeKeyboard final : public KeyDevice {
 public:
  FakeKeyboard() {
    map_.types = {{kShift, {{kShift, 1}}},
                  {kShift | kLock, {{kShift, 1}, {kLock, 1}}},
                  {kShift | kMod5, {{kShift, 1}, {kMod5, 2}, {kShift | kMod5, 3}}}};
    add(24, 2, {'q', 'Q', '@', 0});
    add(11, 2, {'2', '"', 0xb2, 0});
    add(38, 1, {'a', 'A'});
    add(54, 1, {'c', 'C'});
    add(36, 0, {kReturn, 0});
    add(50, 0, {kShiftL, 0}, kShift);
    add(37, 0, {kControlL, 0}, kControl);
    add(92, 0, {kLevel3Shift, 0}, kMod5);
    add(66, 0, {kCapsLock, 0}, kLock);
    map_.index();
    levels_ = {2, kShift | kMod5, {0, kShift}};
  }

  const Keymap& keymap() override { return map_; }
  unsigned generation() override { return generation_; }
  std::vector<Keycode> spare_keys() override { return {200, 201}; }
  const LevelSelectors& spare_levels() override { return levels_; }
  State state() override { return {0, locked}; }
  void doubt_state() override { ++doubts; }
  void press(Keycode code, bool down) override {
    ASSERT_NE(down, down_.count(code) == 1)
        << "code " << int{code} << (down ? " pressed twice" : " was not down");
    down ? (void)down_.insert(code) : (void)down_.erase(code);
    if (down && !map_.modifiers[code]) typed.push_back(translate(code));
  }
  void set_repeat(bool on) override { repeats = on; }
  void lock(ModMask affected, ModMask values) override {
    locked = (locked & ~affected) | (values & affected);
  }
  void move(int x, int) override { typed.push_back(1000 + x); }
  void move_by(int dx, int) override { typed.push_back(4000 + dx); }
  void button(int number, bool down) override { typed.push_back((down ? 2000 : 3000) + number); }
  bool lend(const std::vector<Binding>& bindings) override {
    for (const Binding& b : bindings) lent[{b.slot.code, b.slot.level}] = b.keysym;
    ++lendings;
    mods_when_lent = mods();
    return confirms;
  }
  void give_back() override { lent.clear(); }
  bool ask_handled() override { return answers; }

  ModMask mods() const {
    ModMask sum = locked;
    for (Keycode code : down_) sum |= map_.modifiers[code];
    return sum;
  }

  std::vector<Keysym> typed;
  std::map<std::pair<int, int>, Keysym> lent;
  ModMask locked = 0, mods_when_lent = 0;
  int lendings = 0, doubts = 0;
  bool confirms = true, answers = false, repeats = true;
  unsigned generation_ = 0;
  std::set<Keycode> down_;

 private:
  void add(Keycode code, std::size_t type, std::vector<Keysym> levels, ModMask modifier = 0) {
    map_.keys[code] = {{type, std::move(levels)}};
    map_.modifiers[code] = modifier;
  }
  Keysym translate(Keycode code) const {
    const bool is_lent = code >= 200;
    const KeyType& type = map_.types[is_lent ? 2 : map_.keys[code][0].type];
    int level = 0;
    for (const auto& entry : type.entries)
      if (entry.mods == (mods() & type.mods)) level = entry.level;
    const auto lent_here = lent.find({code, level});
    const Keysym keysym =
        is_lent ? (lent_here == lent.end() ? 0 : lent_here->second) : map_.keys[code][0].levels[level];
    const bool capitalise = (mods() & kLock) && !(type.mods & kLock) && keysym >= 'a' && keysym <= 'z';
    return capitalise ? keysym - 32 : keysym;
  }

  Keymap map_;
  LevelSelectors levels_;
};

class TypistTest : public testing::Test {
 protected:
  TypistTest() : typist_(keyboard_, Typist::Config{}) {}

  void press(Keysym k) { give(KeyPress{k, true}); }
  void release(Keysym k) { give(KeyPress{k, false}); }
  void give(Input input) {
    typist_.add(input);
    typist_.pump(now_);
  }
  /// Lets time pass until nothing is waited for.
  void rest() {
    for (int i = 0; i < 1000 && typist_.next_deadline() != kNever; ++i) {
      now_ = std::max(now_, typist_.next_deadline());
      typist_.pump(now_);
    }
  }
  void expect_nothing_down() {
    EXPECT_THAT(keyboard_.down_, IsEmpty());
    EXPECT_EQ(keyboard_.mods(), keyboard_.locked);
  }

  FakeKeyboard keyboard_;
  Typist typist_;
  Time now_{100s};
};

TEST_F(TypistTest, ModifiersAreSetForTheCharacterAndTakenBack) {
  for (Keysym k : {'q', 'Q', '@', '2', '"', 'a', 'A'}) give(Character{k});
  EXPECT_THAT(keyboard_.typed, ElementsAre('q', 'Q', '@', '2', '"', 'a', 'A'));
  expect_nothing_down();
}

TEST_F(TypistTest, AViewersShiftDoesNotReachWhatNeedsNone) {
  press(kShiftL);
  press('@');  // Shift+2 on the viewer's keyboard
  release('@');
  press('A');
  release('A');
  EXPECT_THAT(keyboard_.typed, ElementsAre('@', 'A'));
  EXPECT_EQ(keyboard_.mods(), kShift) << "still held by the viewer";
  release(kShiftL);
  expect_nothing_down();
}

TEST_F(TypistTest, CapsLockOfTheHostChangesNothing) {
  keyboard_.locked = kLock;
  for (Keysym k : {'q', 'Q', 'a', 'A', '2'}) give(Character{k});
  EXPECT_THAT(keyboard_.typed, ElementsAre('q', 'Q', 'a', 'A', '2'));
  EXPECT_EQ(keyboard_.locked, kLock);
}

TEST_F(TypistTest, ShortcutsPressTheKey) {
  press(kControlL);
  press('c');
  EXPECT_EQ(keyboard_.mods(), kControl);
  EXPECT_TRUE(keyboard_.down_.count(54));
  release('c');
  press(kShiftL);
  press('C');
  EXPECT_EQ(keyboard_.mods(), kControl | kShift);
  release('C');
  release(kShiftL);
  release(kControlL);
  expect_nothing_down();
}

TEST_F(TypistTest, AReleaseFindsItsKeyWhateverItIsCalledByThen) {
  press(kShiftL);
  press('A');
  release(kShiftL);
  release('a');
  expect_nothing_down();
}

TEST_F(TypistTest, AKeyByItsPlaceIsThatKeyWhateverItCarries) {
  give(CodePress{24, true});
  give(CodePress{24, true});  // a repeat
  EXPECT_THAT(keyboard_.typed, ElementsAre('q', 'q'));
  EXPECT_FALSE(keyboard_.repeats);
  give(CodePress{24, false});
  give(CodePress{24, false});
  expect_nothing_down();
}

TEST_F(TypistTest, ModifiersByTheirPlaceCountForKeysByPlaceAndNotForCharacters) {
  give(CodePress{50, true});  // Shift
  give(CodePress{24, true});
  give(CodePress{24, false});
  give(Character{'a'});
  EXPECT_THAT(keyboard_.typed, ElementsAre('Q', 'a'));
  EXPECT_EQ(keyboard_.mods(), kShift);
  give(ReleaseAll{});
  expect_nothing_down();
}

TEST_F(TypistTest, TheSystemDoesNotRepeatWhatAViewerHolds) {
  give(PointerMove{1, 1});
  EXPECT_TRUE(keyboard_.repeats) << "a viewer that only looks changes nothing";
  press('a');
  EXPECT_FALSE(keyboard_.repeats);
  release('a');
  EXPECT_FALSE(keyboard_.repeats) << "not to and fro with each key";
  give(ReleaseAll{});
  EXPECT_TRUE(keyboard_.repeats);
}

TEST_F(TypistTest, RepeatsArePressedAnewAndStrayReleasesVanish) {
  press('a');
  press('a');
  press('a');
  release('a');
  release('a');
  release('q');
  release(kShiftL);
  EXPECT_THAT(keyboard_.typed, ElementsAre('a', 'a', 'a'));
  expect_nothing_down();
}

TEST_F(TypistTest, LockKeysMakeTheStateDoubtful) {
  press(kCapsLock);
  release(kCapsLock);
  EXPECT_EQ(keyboard_.doubts, 2);
}

TEST_F(TypistTest, MissingCharactersGetPlacesTogetherAndOrderIsKept) {
  for (Keysym k : {0x0101f600, 0x01004e2d, int{'a'}, 0x01000436, 0x0101f600}) give(Character{canonical(k)});
  rest();
  EXPECT_THAT(keyboard_.typed, ElementsAre(0x0101f600, 0x01004e2d, 'a', 0x01000436, 0x0101f600));
  EXPECT_EQ(keyboard_.lendings, 2) << "the first alone, the others while it was waited for";
  EXPECT_TRUE(typist_.idle());
  expect_nothing_down();
}

TEST_F(TypistTest, NothingIsSentBeforeTheProgramHasTheNewMap) {
  keyboard_.answers = true;
  give(Character{'Q'});
  give(Character{0x0101f600});
  EXPECT_EQ(keyboard_.mods_when_lent, 0) << "who reads the map late also reads the modifiers late";
  give(Character{'a'});
  EXPECT_THAT(keyboard_.typed, ElementsAre('Q'));
  EXPECT_FALSE(typist_.idle());
  typist_.on_handled(now_ + 3ms);
  EXPECT_THAT(keyboard_.typed, ElementsAre('Q', 0x0101f600, 'a'));
}

TEST_F(TypistTest, MoreCharactersThanPlacesStillArriveInOrder) {
  std::vector<Keysym> sent;
  for (Keysym i = 0; i < 40; ++i) sent.push_back(0x01004e00 + i * 7 % 11);
  for (Keysym k : sent) typist_.add(Character{k});
  typist_.pump(now_);
  rest();
  EXPECT_EQ(keyboard_.typed, sent);
  EXPECT_EQ(typist_.untypable(), 0u);
}

TEST_F(TypistTest, WhatTheServerDoesNotConfirmIsNotTyped) {
  keyboard_.confirms = false;
  give(Character{0x0101f600});
  give(Character{'a'});
  rest();
  EXPECT_THAT(keyboard_.typed, ElementsAre('a'));
  EXPECT_EQ(typist_.untypable(), 1u);
}

TEST_F(TypistTest, ReleaseAllComesInItsTurnAndGivesTheMapBackWhenItIsSafe) {
  press(kControlL);
  give(ButtonPress{1, true});
  release(kControlL);
  typist_.add(Character{0x0101f600});
  give(ReleaseAll{});
  now_ = typist_.next_deadline();
  typist_.pump(now_);
  EXPECT_THAT(keyboard_.typed, ElementsAre(2001, 0x0101f600, 3001));
  EXPECT_FALSE(keyboard_.lent.empty()) << "the program may not have translated it yet";
  rest();
  EXPECT_TRUE(keyboard_.lent.empty());
  expect_nothing_down();
}

TEST_F(TypistTest, AFloodIsPacedAndBounded) {
  for (int i = 0; i < 1000; ++i) typist_.add(Character{'a'});
  typist_.pump(now_);
  EXPECT_EQ(keyboard_.typed.size(), 100u);
  typist_.pump(now_ + 100ms);
  EXPECT_EQ(keyboard_.typed.size(), 200u);
  for (int i = 0; i < 70000; ++i) typist_.add(Character{'a'});
  EXPECT_EQ(typist_.backlog(), std::size_t{1 << 16});
  EXPECT_GT(typist_.dropped(), 0u);
}

TEST_F(TypistTest, WaitingMovesBecomeOneAndKeepTheirPlace) {
  typist_.add(Character{'a'});
  typist_.add(PointerMove{1, 0});
  typist_.add(PointerMove{2, 0});
  typist_.add(ButtonPress{1, true});
  typist_.pump(now_);
  EXPECT_THAT(keyboard_.typed, ElementsAre('a', 1002, 2001));
}

TEST_F(TypistTest, AMapChangedByOthersForgetsWhatWasLent) {
  give(Character{0x0101f600});
  rest();
  ++keyboard_.generation_;
  keyboard_.lent.clear();
  give(Character{0x0101f600});
  rest();
  EXPECT_THAT(keyboard_.typed, ElementsAre(0x0101f600, 0x0101f600));
}

}  // namespace
}  // namespace godesk::host
