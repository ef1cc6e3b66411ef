// For tests: a keyboard and mouse that remember, and that can be slow.
#pragma once

#include <string>
#include <vector>

#include "host/input_sink.h"

namespace godesk::host {

class MemorySink final : public InputSink {
 public:
  std::string done;  // "p1,2 b1+ w3,4 k97+ t98 r"
  std::size_t queued = 0;
  bool busy = false;

  void pointer(int x, int y) override { note("p" + std::to_string(x) + "," + std::to_string(y)); }
  void motion(int dx, int dy) override { note("m" + std::to_string(dx) + "," + std::to_string(dy)); }
  void button(int n, bool down) override { note("b" + std::to_string(n) + (down ? "+" : "-")); }
  void wheel(int dx, int dy) override { note("w" + std::to_string(dx) + "," + std::to_string(dy)); }
  void key(KeyEvent e) override { note("k" + std::to_string(e.keysym) + (e.down ? "+" : "-")); }
  void physical_key(int code, bool down) override { note("c" + std::to_string(code) + (down ? "+" : "-")); }
  void text(char32_t c) override { note("t" + std::to_string(static_cast<unsigned>(c))); }
  void release_all() override { note("r"); }
  bool idle() const override { return !busy; }
  std::size_t backlog() const override { return queued; }
  int fd() const override { return -1; }
  void flush() override {}
  void on_ready() override {}
  Time next_deadline() const override { return kNever; }
  void on_timer() override {}

 private:
  void note(const std::string& what) { done += (done.empty() ? "" : " ") + what; }
};

}  // namespace godesk::host
