// Who hears this desktop: one source, coded once, sent to each session that wants it and may hear.
//
// It asks for the permission at each packet, and records nothing while nobody who may hear wants to.
#pragma once

#include <vector>

#include "host/sound_source.h"
#include "session/session.h"

namespace godesk::host {

class SoundFeed {
 public:
  /// `source` must outlive the feed.
  explicit SoundFeed(SoundSource& source) : source_(source) {}

  void want(session::Session& listener, bool on);
  void remove(session::Session& listener) { want(listener, false); }
  /// Sends what the source has. To be called after anything that happened.
  void work(Time now);

 private:
  static bool hears(const session::Session& listener);

  SoundSource& source_;
  media::SoundEncoder encoder_;
  std::vector<session::Session*> listeners_;
  std::uint32_t sequence_ = 0;  // of frames, the silent ones included
  bool listening_ = false;
};

}  // namespace godesk::host
