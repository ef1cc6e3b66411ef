#include "window/key_map.h"

#include <gtest/gtest.h>

namespace godesk::app {
namespace {

constexpr quint32 kKeyA = 38, kKeyShift = 50;  // X keycodes

QKeyEvent native(QEvent::Type type, int key, quint32 code, quint32 keysym, bool repeat = false) {
  return {type, key, Qt::NoModifier, code, keysym, 0, QString(), repeat};
}

QKeyEvent plain(int key, Qt::KeyboardModifiers modifiers = {}, const QString& text = {}) {
  return {QEvent::KeyPress, key, modifiers, text};
}

TEST(KeyMap, TheSystemsKeysymCounts) {
  EXPECT_EQ(keysym_of(native(QEvent::KeyPress, Qt::Key_A, kKeyA, 0x41)), 0x41u);
  EXPECT_EQ(keysym_of(native(QEvent::KeyPress, Qt::Key_Any, 24, 0x01000416)), 0x01000416u);
  EXPECT_EQ(keysym_of(native(QEvent::KeyPress, Qt::Key_Tab, 23, 0xfe20)), 0xfe20u) << "Shift+Tab";
}

TEST(KeyMap, AKeysymBeyondTheProtocolIsNoKey) {
  EXPECT_EQ(keysym_of(native(QEvent::KeyPress, Qt::Key_unknown, 9, 0xffffffff)), 0u);
}

TEST(KeyMap, WithoutAKeysymNameAndTextDecide) {
  const struct {
    QKeyEvent event;
    std::uint32_t keysym;
  } table[] = {
      {plain(Qt::Key_Escape), 0xff1b},
      {plain(Qt::Key_Return, {}, "\r"), 0xff0d},
      {plain(Qt::Key_Backspace, {}, "\b"), 0xff08},
      {plain(Qt::Key_F1), 0xffbe},
      {plain(Qt::Key_F12), 0xffc9},
      {plain(Qt::Key_AltGr), 0xfe03},
      {plain(Qt::Key_A, {}, "a"), 'a'},
      {plain(Qt::Key_A, Qt::ShiftModifier, "A"), 'A'},
      {plain(Qt::Key_C, Qt::ControlModifier, "\x03"), 'c'},
      {plain(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier, "\x03"), 'C'},
      {plain(Qt::Key_Space, {}, " "), 0x20},
      {plain(Qt::Key_unknown, {}, "€"), 0x010020ac},
      {plain(Qt::Key_Adiaeresis, {}, "ä"), 0xe4},
      {plain(Qt::Key_LaunchMail), 0},
  };
  for (const auto& row : table) EXPECT_EQ(keysym_of(row.event), row.keysym) << row.event.key();
}

session::Key as_key(const std::optional<session::Input>& input) {
  return std::get<session::Key>(input.value());
}

TEST(KeyTracker, KeysByPlaceTellNoMeaning) {
  KeyTracker keys;
  keys.set_by_place(true);
  const auto down = keys.press(native(QEvent::KeyPress, Qt::Key_A, kKeyA, 'A'));
  EXPECT_EQ(std::get<session::PhysicalKey>(down.value()).code, kKeyA - 8);
  keys.set_by_place(false);  // what is down comes up as it went down
  const auto up = keys.release(native(QEvent::KeyRelease, Qt::Key_A, kKeyA, 'a'));
  EXPECT_EQ(std::get<session::PhysicalKey>(up.value()).code, kKeyA - 8);
  EXPECT_FALSE(std::get<session::PhysicalKey>(up.value()).down);
  keys.set_by_place(true);
  EXPECT_EQ(as_key(keys.press(plain(Qt::Key_A, {}, "a"))).keysym, 'a') << "a platform without places";
}

TEST(KeyTracker, AKeyComesUpUnderTheNameItWentDownWith) {
  KeyTracker keys;
  EXPECT_EQ(as_key(keys.press(native(QEvent::KeyPress, Qt::Key_Shift, kKeyShift, 0xffe1))).keysym, 0xffe1u);
  EXPECT_EQ(as_key(keys.press(native(QEvent::KeyPress, Qt::Key_A, kKeyA, 'A'))).keysym, 'A');
  EXPECT_EQ(as_key(keys.release(native(QEvent::KeyRelease, Qt::Key_Shift, kKeyShift, 0xffe1))).keysym,
            0xffe1u);
  const auto up = keys.release(native(QEvent::KeyRelease, Qt::Key_A, kKeyA, 'a'));
  ASSERT_TRUE(up);
  EXPECT_EQ(as_key(up).keysym, 'A');
  EXPECT_FALSE(as_key(up).down);
}

TEST(KeyTracker, AutoRepeatIsRepeatedPress) {
  KeyTracker keys;
  EXPECT_TRUE(keys.press(native(QEvent::KeyPress, Qt::Key_A, kKeyA, 'a')));
  EXPECT_FALSE(keys.release(native(QEvent::KeyRelease, Qt::Key_A, kKeyA, 'a', true)));
  const auto again = keys.press(native(QEvent::KeyPress, Qt::Key_A, kKeyA, 'a', true));
  ASSERT_TRUE(again);
  EXPECT_TRUE(as_key(again).down);
  EXPECT_TRUE(keys.release(native(QEvent::KeyRelease, Qt::Key_A, kKeyA, 'a')));
}

TEST(KeyTracker, AReleaseWithoutPressIsNotTold) {
  KeyTracker keys;
  EXPECT_FALSE(keys.release(native(QEvent::KeyRelease, Qt::Key_A, kKeyA, 'a')));
  EXPECT_TRUE(keys.press(native(QEvent::KeyPress, Qt::Key_A, kKeyA, 'a')));
  keys.clear();
  EXPECT_FALSE(keys.release(native(QEvent::KeyRelease, Qt::Key_A, kKeyA, 'a')));
}

TEST(Characters, OneForEachCodePoint) {
  const auto inputs = characters_of(QString::fromUtf8("é😀漢"));
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(std::get<session::Character>(inputs[0]).code_point, U'é');
  EXPECT_EQ(std::get<session::Character>(inputs[1]).code_point, U'😀');
  EXPECT_EQ(std::get<session::Character>(inputs[2]).code_point, U'漢');
}

}  // namespace
}  // namespace godesk::app
