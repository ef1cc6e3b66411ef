#include "os/input_x11.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "os/clock.h"

namespace godesk::os {
namespace {

constexpr int kNotch = 120;
constexpr int kWheelUp = 4, kWheelDown = 5, kWheelLeft = 6, kWheelRight = 7;
constexpr int kMaxNotches = 50;   // of one event
constexpr int kFirstKeycode = 8;  // of X, for code 0 of the kernel's input layer

}  // namespace

Result<std::unique_ptr<InputX11>, std::string> InputX11::open(const std::string& display,
                                                              host::Typist::Config config) {
  auto connection = X11Display::open(display);
  if (!connection) return Failure{connection.reason()};
  auto keyboard = X11Keyboard::open(**connection);
  if (!keyboard) return Failure{keyboard.reason()};
  std::unique_ptr<InputX11> self(new InputX11);
  self->display_ = std::move(*connection);
  self->keyboard_ = std::move(*keyboard);
  self->keyboard_->find_layout();
  self->typist_ = std::make_unique<host::Typist>(*self->keyboard_, config);
  return self;
}

InputX11::~InputX11() {
  if (!typist_ || !display_->alive()) return;
  typist_->abandon();
  keyboard_->flush();
  const Time safe = typist_->safe_to_leave();
  if (now() < safe) std::this_thread::sleep_for(safe - now());
}

void InputX11::pump() {
  // Round trips read events along, which the pump outside would not see on the socket any more.
  do {
    if (!display_->alive()) return;
    if (keyboard_->read_events()) typist_->on_handled(now());
    typist_->pump(now());
    keyboard_->find_layout();
  } while (keyboard_->has_events());
}

/// Sending reads events along, too.
void InputX11::flush() {
  for (keyboard_->flush(); keyboard_->has_events(); keyboard_->flush()) pump();
}

void InputX11::on_ready() {
  pump();
  flush();
}

void InputX11::pointer(int x, int y) {
  typist_->add(host::PointerMove{x, y});
  pump();
}

void InputX11::motion(int dx, int dy) {
  typist_->add(host::PointerMotion{dx, dy});
  pump();
}

void InputX11::button(int number, bool down) {
  if (number < 1 || number > 9 || (number >= kWheelUp && number <= kWheelRight)) return;
  typist_->add(host::ButtonPress{number, down});
  pump();
}

void InputX11::click(int number, int times) {
  for (int i = 0; i < std::min(times, kMaxNotches); ++i) {
    typist_->add(host::ButtonPress{number, true});
    typist_->add(host::ButtonPress{number, false});
  }
}

void InputX11::wheel(int dx, int dy) {
  constexpr int kMost = kMaxNotches * kNotch;
  wheel_x_ += std::clamp(dx, -kMost, kMost);
  wheel_y_ += std::clamp(dy, -kMost, kMost);
  click(wheel_y_ > 0 ? kWheelUp : kWheelDown, std::abs(wheel_y_) / kNotch);
  click(wheel_x_ > 0 ? kWheelRight : kWheelLeft, std::abs(wheel_x_) / kNotch);
  wheel_x_ %= kNotch;
  wheel_y_ %= kNotch;
  pump();
}

void InputX11::key(host::KeyEvent event) {
  if (event.keysym == 0) return;
  typist_->add(host::KeyPress{event.keysym, event.down});
  pump();
}

void InputX11::physical_key(int code, bool down) {
  if (code < 1 || code + kFirstKeycode > 255) return;
  typist_->add(host::CodePress{static_cast<host::Keycode>(code + kFirstKeycode), down});
  pump();
}

void InputX11::text(char32_t character) {
  const host::Keysym keysym = host::keysym_of(character);
  if (keysym == 0) return;
  typist_->add(host::Character{keysym});
  pump();
}

void InputX11::release_all() {
  wheel_x_ = wheel_y_ = 0;
  typist_->add(host::ReleaseAll{});
  pump();
}

}  // namespace godesk::os
