#include "os/input_x11.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/test_xvfb.h"
#include "os/x11_keymap.h"

namespace godesk::os {
namespace {

constexpr char32_t kAbsent = U'\U0001F600';

class InputX11Test : public testing::Test {
 protected:
  InputX11Test() : before_(keyboard()) {}

  std::unique_ptr<InputX11> open() {
    auto input = InputX11::open(server_.name());
    EXPECT_TRUE(input.ok());
    return std::move(*input);
  }

  /// Lets the sink work until `done` holds; false after ten seconds.
  template <class Done>
  static bool pump(InputX11& input, Done done, Time give_up = now() + 10s) {
    while (!done() && now() < give_up) {
      pollfd fd{input.fd(), POLLIN, 0};
      poll(&fd, 1, 5);
      input.on_ready();
    }
    return done();
  }
  static bool type(InputX11& input, char32_t character) {
    input.text(character);
    return pump(input, [&] { return input.idle(); });
  }

  /// What each key carries.
  std::vector<std::vector<KeySym>> keyboard() const {
    Display* display = XOpenDisplay(server_.name().c_str());
    if (!display) return {};
    XkbDescPtr map = XkbGetMap(display, XkbKeyTypesMask | XkbKeySymsMask, XkbUseCoreKbd);
    std::vector<std::vector<KeySym>> all;
    for (int code = map->min_key_code; code <= map->max_key_code; ++code)
      all.emplace_back(XkbKeySymsPtr(map, code), XkbKeySymsPtr(map, code) + XkbKeyNumSyms(map, code));
    XkbFreeKeyboard(map, 0, True);
    XCloseDisplay(display);
    return all;
  }
  /// Does the server repeat held keys?
  bool repeats() const {
    Display* display = XOpenDisplay(server_.name().c_str());
    XKeyboardState state{};
    XGetKeyboardControl(display, &state);
    XCloseDisplay(display);
    return state.global_auto_repeat == AutoRepeatModeOn;
  }
  bool anything_down() const {
    Display* display = XOpenDisplay(server_.name().c_str());
    char keys[32];
    XQueryKeymap(display, keys);
    XkbStateRec state;
    XkbGetState(display, XkbUseCoreKbd, &state);
    XCloseDisplay(display);
    return state.mods || state.ptr_buttons || std::any_of(keys, keys + 32, [](char c) { return c != 0; });
  }

  test::Xvfb server_;
  std::vector<std::vector<KeySym>> before_;
};

TEST_F(InputX11Test, SaysWhatIsWrongWithADisplay) {
  const auto input = InputX11::open(":99999");
  ASSERT_FALSE(input.ok());
  EXPECT_THAT(input.reason(), testing::HasSubstr("--display"));
}

TEST_F(InputX11Test, LendsAPlaceAndGivesItBackInTheEnd) {
  ASSERT_TRUE(server_.running());
  auto input = open();
  ASSERT_TRUE(type(*input, kAbsent));
  EXPECT_THAT(keyboard(), testing::Contains(testing::Contains(KeySym{0x0101f600})));
  input.reset();
  EXPECT_EQ(keyboard(), before_);
  EXPECT_FALSE(anything_down());
}

TEST_F(InputX11Test, GivesItBackWhenTheViewerLeaves) {
  auto input = open();
  ASSERT_TRUE(type(*input, kAbsent));
  input->key({host::kShiftL, true});
  input->button(1, true);
  input->flush();
  EXPECT_TRUE(anything_down());
  input->release_all();
  input->flush();
  EXPECT_FALSE(anything_down());
  EXPECT_TRUE(pump(*input, [&] { return keyboard() == before_; }));
}

TEST_F(InputX11Test, AKilledHostsPlacesAreGivenBackAtTheNextStart) {
  const pid_t child = fork();
  if (child == 0) {
    auto input = open();
    _exit(type(*input, kAbsent) ? 0 : 1);  // without destructors, as a killed process
  }
  int status = -1;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_NE(keyboard(), before_);
  auto input = open();
  EXPECT_EQ(keyboard(), before_);
}

TEST_F(InputX11Test, KeysByPlaceAndMotionsReachTheServer) {
  auto input = open();
  Display* display = XOpenDisplay(server_.name().c_str());
  const auto pointer = [&] {
    Window root, child;
    int x, y, in_x, in_y;
    unsigned mask;
    XQueryPointer(display, DefaultRootWindow(display), &root, &child, &x, &y, &in_x, &in_y, &mask);
    return std::pair(x, y);
  };
  input->pointer(100, 100);
  input->motion(5, -10);
  input->motion(1, 0);
  input->physical_key(30, true);
  input->flush();
  EXPECT_EQ(pointer(), std::pair(106, 90));
  // The server may hear this connection before what the other one sent last.
  const auto pressed = [&] {
    char keys[32];
    XQueryKeymap(display, keys);
    return (keys[38 / 8] & (1 << (38 % 8))) != 0;
  };
  EXPECT_TRUE(pump(*input, pressed));
  XCloseDisplay(display);
  input->release_all();
  input->flush();
  EXPECT_FALSE(anything_down());
}

TEST_F(InputX11Test, AHeldKeyIsNotRepeatedByTheServer) {
  Display* display = XOpenDisplay(server_.name().c_str());
  XkbSetAutoRepeatRate(display, XkbUseCoreKbd, 20, 10);  // ms: so that a wrong repeat is seen at once
  const Window window = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 800, 600, 0, 0, 0);
  XSelectInput(display, window, KeyPressMask | ExposureMask);
  XMapWindow(display, window);
  XEvent event;
  XWindowEvent(display, window, ExposureMask, &event);
  XSync(display, 0);
  auto input = open();
  input->key({U'a', true});
  input->flush();
  const Time until = now() + 300ms;
  EXPECT_FALSE(pump(
      *input, [&] { return now() >= until && XPending(display) > 1; }, until));
  EXPECT_EQ(XPending(display), 1) << "the press, and no repeats";
  EXPECT_TRUE(anything_down());
  EXPECT_FALSE(repeats());
  input->release_all();
  input->flush();
  EXPECT_TRUE(repeats());
  XCloseDisplay(display);
}

TEST_F(InputX11Test, RepeatingIsOnAgainAfterTheHostAndAfterAKilledOne) {
  auto input = open();
  input->key({U'a', true});
  input->flush();
  EXPECT_FALSE(repeats());
  input.reset();
  EXPECT_TRUE(repeats());
  const pid_t child = fork();
  if (child == 0) {
    auto killed = open();
    killed->key({U'a', true});
    killed->flush();
    _exit(repeats() ? 1 : 0);  // without destructors
  }
  int status = -1;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_FALSE(repeats());
  input = open();
  EXPECT_TRUE(repeats());
}

TEST_F(InputX11Test, WhoeverKeepsRepeatingOffFindsItOff) {
  Display* display = XOpenDisplay(server_.name().c_str());
  XAutoRepeatOff(display);
  XSync(display, 0);
  auto input = open();
  input->key({U'a', true});
  input->release_all();
  input.reset();
  EXPECT_FALSE(repeats());
  XCloseDisplay(display);
}

TEST_F(InputX11Test, ASecondSinkLeavesTheFirstOnesPlaces) {
  auto first = open();
  ASSERT_TRUE(type(*first, kAbsent));
  open().reset();
  EXPECT_THAT(keyboard(), testing::Contains(testing::Contains(KeySym{0x0101f600})));
}

TEST_F(InputX11Test, OutlivesTheServer) {
  auto input = open();
  server_.stop();
  input->text(U'a');
  input->on_ready();
  input->text(kAbsent);
  EXPECT_FALSE(input->alive());
}

TEST_F(InputX11Test, WheelsGoByNotches) {
  auto input = open();
  Display* display = XOpenDisplay(server_.name().c_str());
  const Window window = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 800, 600, 0, 0, 0);
  XSelectInput(display, window, ButtonPressMask);
  XMapWindow(display, window);
  XSync(display, 0);
  input->wheel(0, 100);
  input->wheel(0, 200);    // 300: two notches up, 60 left over
  input->wheel(240, -60);  // two to the right
  input->button(5, true);  // a wheel is no button
  input->button(2, true);
  input->flush();
  ASSERT_TRUE(pump(*input, [&] { return input->idle(); }));
  std::vector<unsigned> pressed;
  while (pressed.empty() || pressed.back() != 2) {
    XEvent event;
    XNextEvent(display, &event);
    if (event.type == ButtonPress) pressed.push_back(event.xbutton.button);
  }
  EXPECT_THAT(pressed, testing::ElementsAre(4u, 4u, 7u, 7u, 2u));
  XCloseDisplay(display);
}

}  // namespace
}  // namespace godesk::os
