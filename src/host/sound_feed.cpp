#include "host/sound_feed.h"

#include <algorithm>

namespace godesk::host {

void SoundFeed::want(session::Session& listener, bool on) {
  std::erase(listeners_, &listener);
  if (on) listeners_.push_back(&listener);
}

void SoundFeed::work(Time now) {
  const bool wanted = std::any_of(listeners_.begin(), listeners_.end(),
                                  [](const auto* listener) { return hears(*listener); });
  if (wanted != std::exchange(listening_, wanted)) source_.listen(wanted);
  while (listening_) {
    const auto recorded = source_.next_frame();
    if (!recorded) break;
    const std::uint32_t sequence = sequence_++;
    const auto packet = encoder_.encode(recorded->frame);
    if (!packet) continue;
    for (auto* listener : listeners_) listener->send_sound(now, sequence, recorded->heard, *packet);
  }
}

bool SoundFeed::hears(const session::Session& listener) {
  return listener.permissions().has(session::Permission::sound);
}

}  // namespace godesk::host
