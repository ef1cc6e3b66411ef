// Prints the keycodes that are down and the modifiers in effect on $DISPLAY; with an argument, first locks or
// unlocks Caps Lock ("caps" or "no-caps").
#include <cstdio>
#include <string>

#include <X11/XKBlib.h>
#include <X11/Xlib.h>

int main(int argc, char** argv) {
  Display* display = XOpenDisplay(nullptr);
  if (!display) return 1;
  if (argc > 1)
    XkbLockModifiers(display, XkbUseCoreKbd, LockMask, std::string(argv[1]) == "caps" ? LockMask : 0);
  char keys[32];
  XQueryKeymap(display, keys);
  for (int code = 0; code < 256; ++code)
    if (keys[code / 8] >> (code % 8) & 1) std::printf("key %d\n", code);
  XkbStateRec state;
  XkbGetState(display, XkbUseCoreKbd, &state);
  if (state.mods) std::printf("modifiers %#x\n", state.mods);
  if (state.ptr_buttons) std::printf("buttons %#x\n", state.ptr_buttons);
  XCloseDisplay(display);
}
