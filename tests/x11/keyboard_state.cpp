// Prints the keycodes that are down and the modifiers in effect on $DISPLAY; with an argument, first locks or
// unlocks Caps Lock ("caps" or "no-caps"), or waits for a window that gets what is typed ("await").
#include <cstdio>
#include <string>

#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <unistd.h>

namespace {

/// Without a window manager keys go to the window that took the focus, or else to the one under the pointer.
Window reader(Display* display) {
  Window focus = None, root = None, child = None;
  int revert = 0, x, y;
  unsigned mask;
  XGetInputFocus(display, &focus, &revert);
  if (focus != PointerRoot && focus != None) return focus;
  for (Window at = DefaultRootWindow(display); at != None; at = child) {
    focus = at;
    XQueryPointer(display, at, &root, &child, &x, &y, &x, &y, &mask);
  }
  return focus;
}

/// Whether somebody listens to keys there, or further up where they go then.
bool is_read(Display* display, Window window) {
  while (window != None && window != DefaultRootWindow(display)) {
    XWindowAttributes attributes;
    if (!XGetWindowAttributes(display, window, &attributes)) return false;
    if (attributes.map_state == IsViewable && (attributes.all_event_masks & KeyPressMask)) return true;
    Window root = None, parent = None, *children = nullptr;
    unsigned count = 0;
    if (!XQueryTree(display, window, &root, &parent, &children, &count)) return false;
    if (children) XFree(children);
    window = parent;
  }
  return false;
}

void await_reader(Display* display) {
  XSetErrorHandler([](Display*, XErrorEvent*) { return 0; });  // windows come and go
  XSelectInput(display, DefaultRootWindow(display), SubstructureNotifyMask | FocusChangeMask);
  alarm(30);
  while (!is_read(display, reader(display))) {
    XEvent event;
    XNextEvent(display, &event);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Display* display = XOpenDisplay(nullptr);
  if (!display) return 1;
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "await") await_reader(display);
  if (what == "caps" || what == "no-caps")
    XkbLockModifiers(display, XkbUseCoreKbd, LockMask, what == "caps" ? LockMask : 0);
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
