#include "os/x11_keyboard.h"

#include <X11/Xatom.h>
#include <X11/extensions/XTest.h>

#include "host/layout_name.h"
#include "os/x11_keymap.h"

namespace godesk::os {

struct X11Keyboard::Impl {
  explicit Impl(X11Display& d) : display(d), x(d.get()), map(x), root(DefaultRootWindow(x)) {}

  X11Display& display;
  Display* x;
  X11Keymap map;
  Window root;
  Window self = 0;  // a window of ours; while it exists, so does this process
  int xkb_event = 0;
  Atom rules = 0, note = 0, repeat_note = 0, protocols = 0, ping = 0;
  unsigned generation = 0;
  bool map_changed = false;
  std::string layout;
  bool layout_doubted = true;
  unsigned group = 0;  // of the layouts that are loaded
  State state;
  bool state_doubted = true;
  unsigned long sent = 0;      // the number after the last request that left
  unsigned long state_at = 0;  // what the server told before this request is outdated
  Window asked = 0;
  unsigned long question = 0;

  void prepare();
  void on_xkb(const XkbEvent& event);
  bool is_answer(const XClientMessageEvent& event) const;
  std::vector<unsigned long> read_note(Window window, Atom which);
  bool lives(Window owner);
  void write_note();
  void recover();
  void recover_repeat();
  void repeat(bool on);
  std::string read_layout();
  std::string group_name(int group);
  Window focused();
  bool answers_pings(Window window);
  Window asker();
};

Result<std::unique_ptr<X11Keyboard>, std::string> X11Keyboard::open(X11Display& display) {
  auto impl = std::make_unique<Impl>(display);
  int opcode, error, major = XkbMajorVersion, minor = XkbMinorVersion, a, b, c, d;
  if (!XkbQueryExtension(impl->x, &opcode, &impl->xkb_event, &error, &major, &minor))
    return Failure{std::string("This X server has no XKEYBOARD extension, so keys cannot be typed on it.")};
  if (!XTestQueryExtension(impl->x, &a, &b, &c, &d))
    return Failure{std::string("This X server has no XTEST extension, so nothing can be typed on it.")};
  impl->prepare();
  if (!impl->map.load()) return Failure{std::string("This X server has no keyboard.")};
  return std::unique_ptr<X11Keyboard>(new X11Keyboard(std::move(impl)));
}

void X11Keyboard::Impl::prepare() {
  XTestGrabControl(x, True);  // another program's server grab does not stop the typing
  self = XCreateSimpleWindow(x, root, -1, -1, 1, 1, 0, 0, 0);
  note = XInternAtom(x, "_GODESK_LENT_KEYS", False);
  rules = XInternAtom(x, "_XKB_RULES_NAMES", False);
  repeat_note = XInternAtom(x, "_GODESK_REPEAT_OFF", False);
  protocols = XInternAtom(x, "WM_PROTOCOLS", False);
  ping = XInternAtom(x, "_NET_WM_PING", False);
  // Answers to _NET_WM_PING come to the root window, by the standard to the first; Qt sends them to the
  // second.
  XSelectInput(x, root, SubstructureNotifyMask | StructureNotifyMask | PropertyChangeMask);
  XkbSelectEvents(x, XkbUseCoreKbd, XkbMapNotifyMask | XkbNewKeyboardNotifyMask,
                  XkbMapNotifyMask | XkbNewKeyboardNotifyMask);
  const unsigned long parts = XkbGroupStateMask | XkbModifierLockMask;
  XkbSelectEventDetails(x, XkbUseCoreKbd, XkbStateNotify, parts, parts);
  recover();
  recover_repeat();
  const unsigned long mark = 1;
  XChangeProperty(x, self, note, XA_CARDINAL, 32, PropModeReplace,
                  reinterpret_cast<const unsigned char*>(&mark), 1);
}

X11Keyboard::X11Keyboard(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

X11Keyboard::~X11Keyboard() {
  give_back();
  XDestroyWindow(impl_->x, impl_->self);
  impl_->display.sync();
}

// ---- what the server says

bool X11Keyboard::read_events() {
  bool answered = false;
  // Not XPending: that would send each key alone.
  while (impl_->display.alive() && XEventsQueued(impl_->x, QueuedAfterReading) > 0) {
    XEvent event;
    XNextEvent(impl_->x, &event);
    if (event.type == impl_->xkb_event) impl_->on_xkb(*reinterpret_cast<XkbEvent*>(&event));
    if (event.type == PropertyNotify && event.xproperty.atom == impl_->rules) impl_->layout_doubted = true;
    if (event.type == ClientMessage && impl_->is_answer(event.xclient)) {
      impl_->asked = 0;
      answered = true;
    }
  }
  return answered;
}

bool X11Keyboard::has_events() const { return XEventsQueued(impl_->x, QueuedAlready) > 0; }

void X11Keyboard::Impl::on_xkb(const XkbEvent& event) {
  if (event.any.xkb_type == XkbStateNotify) {
    if (static_cast<unsigned>(event.state.group) != group) layout_doubted = true;
    if (event.any.serial < state_at) return;
    state = {event.state.group, static_cast<host::ModMask>(event.state.locked_mods)};
    return;
  }
  if (event.any.serial >= map.loaded_at()) map_changed = layout_doubted = true;
}

bool X11Keyboard::Impl::is_answer(const XClientMessageEvent& event) const {
  return asked && event.message_type == protocols && static_cast<Atom>(event.data.l[0]) == ping &&
         static_cast<unsigned long>(event.data.l[1]) == question &&
         static_cast<Window>(event.data.l[2]) == asked;
}

unsigned X11Keyboard::generation() {
  if (impl_->map_changed) {
    impl_->map_changed = false;
    impl_->state_doubted = true;
    impl_->map.load();
    ++impl_->generation;
  }
  return impl_->generation;
}

const host::Keymap& X11Keyboard::keymap() { return impl_->map.keys(); }
std::vector<host::Keycode> X11Keyboard::spare_keys() { return impl_->map.spare(); }
const host::LevelSelectors& X11Keyboard::spare_levels() { return impl_->map.levels(); }

host::KeyDevice::State X11Keyboard::state() {
  if (impl_->state_doubted) {
    XkbStateRec now{};
    impl_->state_at = NextRequest(impl_->x);
    XkbGetState(impl_->x, XkbUseCoreKbd, &now);
    impl_->state = {now.group, now.locked_mods};
    impl_->state_doubted = false;
  }
  return impl_->state;
}

void X11Keyboard::doubt_state() { impl_->state_doubted = true; }

// ---- its layout

void X11Keyboard::find_layout() {
  if (!impl_->layout_doubted || !impl_->display.alive()) return;
  impl_->layout_doubted = false;
  impl_->layout = impl_->read_layout();
  impl_->display.take_error();
}

const std::string& X11Keyboard::layout() const { return impl_->layout; }

/// Who loads a layout by its name leaves the name in a property; who loads a whole map names its groups.
std::string X11Keyboard::Impl::read_layout() {
  XkbStateRec now{};
  XkbGetState(x, XkbUseCoreKbd, &now);
  group = now.group;
  Atom type = 0;
  int format = 0;
  unsigned long count = 0, left = 0;
  unsigned char* data = nullptr;
  XGetWindowProperty(x, root, rules, 0, 256, False, XA_STRING, &type, &format, &count, &left, &data);
  std::string names;
  if (data && format == 8) names.assign(reinterpret_cast<const char*>(data), count);
  if (data) XFree(data);
  const std::string name = host::layout_name(names, group);
  return name.empty() ? host::plain_layout(group_name(static_cast<int>(group))) : name;
}

std::string X11Keyboard::Impl::group_name(int of) {
  XkbDescPtr desc = XkbGetMap(x, 0, XkbUseCoreKbd);
  if (!desc) return {};
  std::string name;
  if (XkbGetNames(x, XkbGroupNamesMask, desc) == 0 && desc->names && desc->names->groups[of]) {
    if (char* text = XGetAtomName(x, desc->names->groups[of])) {
      name = text;
      XFree(text);
    }
  }
  XkbFreeKeyboard(desc, 0, True);
  return name;
}

// ---- what is sent to it

/// XFlush has the socket read even where there is nothing to send.
void X11Keyboard::flush() {
  if (impl_->sent == XNextRequest(impl_->x)) return;
  XFlush(impl_->x);
  impl_->sent = XNextRequest(impl_->x);
}

void X11Keyboard::press(host::Keycode code, bool down) {
  XTestFakeKeyEvent(impl_->x, code, down, CurrentTime);
}

void X11Keyboard::Impl::repeat(bool on) {
  XKeyboardControl control{};
  control.auto_repeat_mode = on ? AutoRepeatModeOn : AutoRepeatModeOff;
  XChangeKeyboardControl(x, KBAutoRepeatMode, &control);
}

/// For the whole server: a device that is only ours has no say in what the core keyboard repeats. Who keeps
/// it off themselves finds it off afterwards.
void X11Keyboard::set_repeat(bool on) {
  Impl& i = *impl_;
  if (on) {
    const auto owner = i.read_note(i.root, i.repeat_note);
    if (owner.empty() || owner[0] != i.self) return;
    i.repeat(true);
    XDeleteProperty(i.x, i.root, i.repeat_note);
    return;
  }
  XKeyboardState now{};
  XGetKeyboardControl(i.x, &now);
  if (now.global_auto_repeat != AutoRepeatModeOn) return;
  const unsigned long owner = i.self;
  XChangeProperty(i.x, i.root, i.repeat_note, XA_CARDINAL, 32, PropModeReplace,
                  reinterpret_cast<const unsigned char*>(&owner), 1);
  i.repeat(false);
}

void X11Keyboard::lock(host::ModMask affected, host::ModMask values) {
  impl_->state_at = NextRequest(impl_->x);
  XkbLockModifiers(impl_->x, XkbUseCoreKbd, affected, values & affected);
}

void X11Keyboard::move(int x, int y) { XTestFakeMotionEvent(impl_->x, -1, x, y, CurrentTime); }

void X11Keyboard::move_by(int dx, int dy) { XTestFakeRelativeMotionEvent(impl_->x, dx, dy, CurrentTime); }

void X11Keyboard::button(int number, bool down) { XTestFakeButtonEvent(impl_->x, number, down, CurrentTime); }

bool X11Keyboard::lend(const std::vector<host::Binding>& bindings) {
  const bool confirmed = impl_->map.lend(bindings);
  impl_->write_note();
  return confirmed;
}

void X11Keyboard::give_back() {
  if (impl_->map.lent().empty()) return;
  impl_->map.give_back();
  XDeleteProperty(impl_->x, impl_->root, impl_->note);
  impl_->map.load();
}

// ---- what a killed process left behind

std::vector<unsigned long> X11Keyboard::Impl::read_note(Window window, Atom which) {
  Atom type = 0;
  int format = 0;
  unsigned long count = 0, left = 0;
  unsigned char* data = nullptr;
  XGetWindowProperty(x, window, which, 0, 1024, False, XA_CARDINAL, &type, &format, &count, &left, &data);
  std::vector<unsigned long> words;
  if (data && format == 32) {
    const auto* longs = reinterpret_cast<unsigned long*>(data);
    words.assign(longs, longs + count);
  }
  if (data) XFree(data);
  return words;
}

void X11Keyboard::Impl::write_note() {
  std::vector<unsigned long> words{self};
  words.insert(words.end(), map.lent().begin(), map.lent().end());
  XChangeProperty(x, root, note, XA_CARDINAL, 32, PropModeReplace,
                  reinterpret_cast<unsigned char*>(words.data()), static_cast<int>(words.size()));
}

// The server gives the ids of a dead process's windows to others, also to us: the window must carry our mark.
bool X11Keyboard::Impl::lives(Window owner) { return owner != self && !read_note(owner, note).empty(); }

void X11Keyboard::Impl::recover() {
  const std::vector<unsigned long> words = read_note(root, note);
  if (words.empty()) return;
  if (lives(words[0])) return;
  std::vector<host::Keycode> codes;
  for (std::size_t i = 1; i < words.size() && i < 256; ++i)
    if (words[i] >= 8 && words[i] <= 255) codes.push_back(static_cast<host::Keycode>(words[i]));
  empty_keys(x, codes);
  XDeleteProperty(x, root, note);
  display.sync();
  display.take_error();
}

void X11Keyboard::Impl::recover_repeat() {
  const std::vector<unsigned long> words = read_note(root, repeat_note);
  if (words.empty() || lives(words[0])) return;
  repeat(true);
  XDeleteProperty(x, root, repeat_note);
  display.sync();
  display.take_error();
}

// ---- has the program with the focus kept up? (Extended Window Manager Hints, _NET_WM_PING)

Window X11Keyboard::Impl::focused() {
  Window focus = 0;
  int revert = 0;
  XGetInputFocus(x, &focus, &revert);
  if (focus != PointerRoot && focus != root) return focus;
  Window of_root = 0, child = 0;
  int a, b, c, d;
  unsigned mask;
  XQueryPointer(x, root, &of_root, &child, &a, &b, &c, &d, &mask);
  return child;
}

bool X11Keyboard::Impl::answers_pings(Window window) {
  Atom* list = nullptr;
  int count = 0;
  bool found = false;
  if (XGetWMProtocols(x, window, &list, &count)) {
    for (int i = 0; i < count; ++i) found |= list[i] == ping;
    XFree(list);
  }
  return found;
}

/// The window of the program with the focus that takes questions, looking upwards; 0 if there is none.
Window X11Keyboard::Impl::asker() {
  Window window = focused();
  for (int depth = 0; window && window != root && depth < 16; ++depth) {
    if (answers_pings(window)) return window;
    Window of_root = 0, parent = 0, *children = nullptr;
    unsigned count = 0;
    if (!XQueryTree(x, window, &of_root, &parent, &children, &count)) return 0;
    if (children) XFree(children);
    window = parent;
  }
  return 0;
}

bool X11Keyboard::ask_handled() {
  const Window window = impl_->asker();
  impl_->display.take_error();
  if (!window) return false;
  impl_->asked = window;
  // A value no window manager has sent: it then ignores the answer, which it sees as well.
  impl_->question = (impl_->question + 1) & 0xffff;
  XEvent event{};
  event.xclient.type = ClientMessage;
  event.xclient.window = window;
  event.xclient.message_type = impl_->protocols;
  event.xclient.format = 32;
  event.xclient.data.l[0] = static_cast<long>(impl_->ping);
  event.xclient.data.l[1] = static_cast<long>(impl_->question);
  event.xclient.data.l[2] = static_cast<long>(window);
  XSendEvent(impl_->x, window, False, NoEventMask, &event);
  XFlush(impl_->x);
  return true;
}

}  // namespace godesk::os
