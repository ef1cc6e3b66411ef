#include "host/typist.h"

#include <algorithm>
#include <utility>

namespace godesk::host {
namespace {

/// What a key is held as that was pressed by its place: no keysym is that large.
constexpr Keysym kByPlace = 0x40000000;
constexpr bool is_by_place(Keysym name) { return name >= kByPlace; }

}  // namespace

Typist::Typist(KeyDevice& device, Config config) : device_(device), config_(config), pool_(config.pool) {
  generation_ = device_.generation();
  levels_ = device_.spare_levels();
  pool_.reset(device_.spare_keys(), static_cast<int>(levels_.levels.size()));
  credit_ = config_.burst;
}

void Typist::add(Input input) {
  if (!queue_.empty() && std::holds_alternative<PointerMove>(input) &&
      std::holds_alternative<PointerMove>(queue_.back())) {
    queue_.back() = input;
    return;
  }
  if (auto* more = std::get_if<PointerMotion>(&input); more && !queue_.empty()) {
    if (auto* last = std::get_if<PointerMotion>(&queue_.back())) {
      *last = {last->dx + more->dx, last->dy + more->dy};
      return;
    }
  }
  if (queue_.size() >= config_.max_queue) {
    ++dropped_;
    return;
  }
  queue_.push_back(input);
}

void Typist::pump(Time now) {
  wake_ = kNever;
  if (now < hold_until_) {
    wake_ = hold_until_;
    return;
  }
  refresh();
  while (!queue_.empty()) {
    if (!may_send(now)) break;
    if (perform(queue_.front(), now) == Step::wait) break;
    queue_.pop_front();
  }
  neutral();
  if (leaving_ && queue_.empty()) retire(now);
}

// A bucket of keystrokes: programs that fall behind would make every later wait longer.
bool Typist::may_send(Time now) {
  const double gained =
      credit_at_ == Time::min() ? 0 : to_ms(now - credit_at_) / 1e3 * config_.keys_per_second;
  credit_ = std::min<double>(config_.burst, credit_ + gained);
  credit_at_ = now;
  if (credit_ >= 1) return true;
  wake_ = now + 4ms;
  return false;
}

void Typist::refresh() {
  const unsigned generation = device_.generation();
  if (generation == generation_) return;
  generation_ = generation;
  levels_ = device_.spare_levels();
  pool_.reset(device_.spare_keys(), static_cast<int>(levels_.levels.size()));
}

Typist::Step Typist::perform(const Input& input, Time now) {
  if (auto* move = std::get_if<PointerMove>(&input)) {
    device_.move(move->x, move->y);
    return Step::done;
  }
  if (auto* motion = std::get_if<PointerMotion>(&input)) {
    device_.move_by(motion->dx, motion->dy);
    return Step::done;
  }
  if (auto* button = std::get_if<ButtonPress>(&input)) {
    press_button(*button);
    return Step::done;
  }
  if (auto* key = std::get_if<CodePress>(&input)) {
    press_code(*key);
    return Step::done;
  }
  if (auto* character = std::get_if<Character>(&input)) return type(character->keysym, false, now);
  if (std::holds_alternative<ReleaseAll>(input)) {
    let_go();
    return Step::done;
  }
  const KeyPress key = std::get<KeyPress>(input);
  if (key.down) return press_key(key.keysym, now);
  release_key(key.keysym);
  return Step::done;
}

void Typist::press_button(const ButtonPress& button) {
  neutral();
  const bool held = buttons_.count(button.number);
  if (held == button.down) return;
  if (button.down) buttons_.insert(button.number);
  if (!button.down) buttons_.erase(button.number);
  device_.button(button.number, button.down);
}

void Typist::press_code(const CodePress& key) {
  neutral();
  const Keysym name = kByPlace | key.code;
  if (key.down) {
    hold(name, key.code);  // a repeat lets go first
    credit_ -= 1;
  } else if (held_.erase(name) > 0) {
    device_.press(key.code, false);
  }
  if (device_.keymap().modifiers[key.code]) device_.doubt_state();
}

Typist::Step Typist::press_key(Keysym keysym, Time now) {
  if (is_modifier(keysym)) {
    press_modifier(keysym);
    return Step::done;
  }
  auto held = held_.find(canonical(keysym));
  if (held != held_.end()) {
    const Keycode code = held->second;
    neutral();
    device_.press(code, false);
    device_.press(code, true);
    credit_ -= 1;
    return Step::done;
  }
  return type(keysym, true, now);
}

void Typist::press_modifier(Keysym keysym) {
  neutral();
  if (held_.count(keysym)) return;
  if (auto code = device_.keymap().key_with(keysym, device_.state().group)) hold(keysym, *code);
  if (changes_locks(keysym)) device_.doubt_state();
}

// The keysym of a release may differ from that of its press: Shift was let go in between.
void Typist::release_key(Keysym keysym) {
  auto it = held_.find(canonical(keysym));
  if (it == held_.end() && !is_modifier(keysym))
    it = std::find_if(held_.begin(), held_.end(), [&](const auto& h) {
      return !is_modifier(h.first) && !is_by_place(h.first) && device_.keymap().carries(h.second, keysym);
    });
  if (it == held_.end()) return;
  neutral();
  device_.press(it->second, false);
  if (changes_locks(it->first)) device_.doubt_state();
  held_.erase(it);
}

void Typist::stop_repeat() {
  if (!std::exchange(repeat_off_, true)) device_.set_repeat(false);
}

/// Whatever it is held as.
void Typist::lift_key(Keycode code) {
  const auto held = std::erase_if(held_, [code](const auto& h) { return h.second == code; });
  if (held > 0) device_.press(code, false);
}

void Typist::hold(Keysym keysym, Keycode code) {
  stop_repeat();
  lift_key(code);
  device_.press(code, true);
  held_[canonical(keysym)] = code;
}

void Typist::tap(Keycode code) {
  lift_key(code);
  device_.press(code, true);
  device_.press(code, false);
  credit_ -= 1;
}

// A key is held only as the viewer's own modifiers make it; one that needs others for a moment is tapped, or
// it would repeat as something else.
Typist::Step Typist::type(Keysym keysym, bool held, Time now) {
  if (!adjusted_) state_ = device_.state(), locks_ = state_.locked;
  const Keymap& keymap = device_.keymap();
  const ModMask own = held_mods() | state_.locked;
  if (auto choice = keymap.find(keysym, state_.group, own)) {
    const bool keep = shortcut() && !(choice->mods & choice->relevant & kMod5);
    const bool as_is = keep || ((own ^ choice->mods) & choice->relevant) == 0;
    as_is ? neutral() : adjust(choice->relevant, choice->mods);
    held&& as_is ? hold(keysym, choice->code) : tap(choice->code);
    return Step::done;
  }
  if (shortcut() || !character_of(keysym)) {
    if (auto code = keymap.key_with(keysym, state_.group)) {
      neutral();
      held ? hold(keysym, *code) : tap(*code);
      return Step::done;
    }
  }
  const auto slot = pool_.find(canonical(keysym));
  leaving_ = false;
  if (!slot) return lend_places(now);
  adjust(levels_.relevant | kLock, levels_.levels[slot->level]);
  tap(slot->code);
  pool_.used(*slot, now);
  lent_press_ = now;
  return Step::done;
}

// ---- places for what the layout does not have

/// What the queue needs from the pool, soonest first, at most as many as there are places: then one is always
/// left that may be taken from.
std::vector<Keysym> Typist::wanted() const {
  std::vector<Keysym> list;
  std::set<Keysym> seen;
  const Keymap& keymap = device_.keymap();
  for (const Input& input : queue_) {
    if (list.size() == pool_.size()) break;
    Keysym keysym = 0;
    if (auto* character = std::get_if<Character>(&input)) keysym = character->keysym;
    if (auto* key = std::get_if<KeyPress>(&input); key && key->down) keysym = key->keysym;
    keysym = canonical(keysym);
    if (!keysym || is_modifier(keysym) || !seen.insert(keysym).second) continue;
    if (!keymap.find(keysym, state_.group, 0)) list.push_back(keysym);
  }
  return list;
}

Typist::Step Typist::lend_places(Time now) {
  neutral();
  const KeymapPool::Plan plan = pool_.plan(wanted(), now);
  if (plan.bindings.empty()) {
    if (plan.retry_at == kNever) {
      ++untypable_;
      return Step::done;
    }
    if (!asked_ && device_.ask_handled()) asked_ = true, asked_at_ = now;
    wake_ = plan.retry_at;
    return Step::wait;
  }
  ++map_changes_;
  lent_ = true;
  if (!device_.lend(plan.bindings)) {
    generation_ = device_.generation();
    pool_.reset(device_.spare_keys(), static_cast<int>(levels_.levels.size()));
    ++untypable_;
    return Step::done;
  }
  asked_ = device_.ask_handled();
  asked_at_ = now;
  hold_until_ = wake_ = now + (asked_ ? config_.answer_within : config_.settle);
  return Step::wait;
}

void Typist::on_handled(Time now) {
  if (!asked_) return;
  asked_ = false;
  pool_.handled(asked_at_);
  hold_until_ = Time::min();
  pump(now);
}

void Typist::retire(Time now) {
  if (now < safe_to_leave()) {
    wake_ = safe_to_leave();
    return;
  }
  leaving_ = false;
  if (!lent_) return;
  device_.give_back();
  pool_.reset(device_.spare_keys(), static_cast<int>(levels_.levels.size()));
  lent_ = false;
}

void Typist::abandon() {
  queue_.clear();
  let_go();
}

void Typist::let_go() {
  neutral();
  for (const auto& [keysym, code] : held_) device_.press(code, false);
  for (int number : buttons_) device_.button(number, false);
  held_.clear();
  buttons_.clear();
  if (std::exchange(repeat_off_, false)) device_.set_repeat(true);
  leaving_ = true;
}

// ---- modifiers

ModMask Typist::held_mods() const {
  ModMask mods = 0;
  for (const auto& [keysym, code] : held_)
    if (!changes_locks(keysym)) mods |= device_.keymap().modifiers[code] & ~(is_by_place(keysym) ? kLock : 0);
  return mods;
}

/// Makes exactly `mods` effective among `relevant`; the others as the viewer and the host's locks have them.
void Typist::adjust(ModMask relevant, ModMask mods) {
  relevant &= ~(kControl | kMod1 | kMod4);
  const ModMask held = held_mods();
  const ModMask need = mods & relevant & ~held;
  ModMask pressed = 0;
  for (ModMask bit : {kShift, kMod5})
    if ((need & bit) && device_.keymap().holder(bit)) pressed |= bit;
  adjusted_ = true;
  lift(held & relevant & ~mods & (kShift | kMod5));
  set_locks((state_.locked & ~relevant) | (need & ~pressed));
  press_extra(pressed);
}

void Typist::lift(ModMask modifiers) {
  if (modifiers == lifted_) return;
  for (const auto& [keysym, code] : held_) {
    const ModMask sets = device_.keymap().modifiers[code];
    const bool was = sets & lifted_, is = sets & modifiers;
    if ((is_modifier(keysym) || is_by_place(keysym)) && was != is) device_.press(code, !is);
  }
  lifted_ = modifiers;
}

void Typist::press_extra(ModMask modifiers) {
  for (ModMask bit : {kShift, kMod5})
    if ((modifiers ^ extra_) & bit) device_.press(*device_.keymap().holder(bit), modifiers & bit);
  extra_ = modifiers;
}

void Typist::set_locks(ModMask locks) {
  const ModMask changed = locks ^ locks_;
  if (changed) device_.lock(changed, locks);
  locks_ = locks;
}

void Typist::neutral() {
  if (!adjusted_) return;
  press_extra(0);
  set_locks(state_.locked);
  lift(0);
  adjusted_ = false;
}

}  // namespace godesk::host
