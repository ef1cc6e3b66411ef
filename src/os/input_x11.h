// Input for an X11 desktop: the typist on an X connection of its own.
#pragma once

#include <memory>
#include <string>

#include "host/input_sink.h"
#include "host/typist.h"
#include "os/x11_keyboard.h"

namespace godesk::os {

class InputX11 final : public host::InputSink {
 public:
  /// The failure is a sentence for the user.
  static Result<std::unique_ptr<InputX11>, std::string> open(const std::string& display,

                                                             host::Typist::Config config = {});
  /// Lets go of everything and gives the map back; waits, at most the pool's rest, until that hurts nobody.
  ~InputX11() override;

  void pointer(int x, int y) override;
  void motion(int dx, int dy) override;
  void button(int number, bool down) override;
  void wheel(int dx, int dy) override;
  void key(host::KeyEvent event) override;
  void physical_key(int code, bool down) override;
  void text(char32_t character) override;
  void release_all() override;

  bool idle() const override { return typist_->idle(); }
  std::size_t backlog() const override { return typist_->backlog(); }
  int fd() const override { return display_->fd(); }
  void on_ready() override;
  std::string_view layout() const override { return keyboard_->layout(); }
  Time next_deadline() const override { return typist_->next_deadline(); }
  void on_timer() override { on_ready(); }
  void flush() override;

  /// False once the X server is gone.
  bool alive() const { return display_->alive(); }
  const host::Typist& typist() const { return *typist_; }

 private:
  InputX11() = default;
  void pump();
  void click(int number, int times);

  std::unique_ptr<X11Display> display_;
  std::unique_ptr<X11Keyboard> keyboard_;
  std::unique_ptr<host::Typist> typist_;
  int wheel_x_ = 0, wheel_y_ = 0;  // not yet a whole notch
};

}  // namespace godesk::os
