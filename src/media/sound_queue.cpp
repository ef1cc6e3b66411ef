#include "media/sound_queue.h"

#include <algorithm>

namespace godesk::media {

void SoundQueue::put(std::uint32_t sequence, ByteView packet) {
  const std::int64_t at =
      newest_ ? newest_at_ + static_cast<std::int32_t>(sequence - *newest_) : std::int64_t{sequence};
  if (playing_ && at < next_at_) {
    ++counts_.late;
    stretch_ += trouble() ? 1 : 0;
    return;
  }
  if (!newest_ || at > newest_at_) {
    newest_ = sequence;
    newest_at_ = at;
  }
  packets_.try_emplace(at, to_buffer(packet));
  while (packets_.rbegin()->first - packets_.begin()->first >= room()) packets_.erase(packets_.begin());
  if (playing_) next_at_ = std::max(next_at_, newest_at_ - room() + 1);
}

SoundQueue::Taken SoundQueue::take() {
  if (!playing_) {
    hold_ = wanted_hold_;
    if (held() < wanted()) return Silence{};
    playing_ = true;
    next_at_ = packets_.begin()->first;
    least_ = held();
    watched_ = made_up_ = eased_ = 0;
  }
  follow_hold();
  adapt();
  if (packets_.empty()) {
    // The device goes on, so what comes will be played that much later.
    if (made_up_++ == 0) trouble();
    if (made_up_ > config_.patience) {
      stop();
      return Silence{};
    }
    ++counts_.missing;
    return Missing{};
  }
  made_up_ = 0;
  // As much later as the target grew.
  if (stretch_ > 0) {
    --stretch_;
    ++counts_.missing;
    return Missing{};
  }
  const auto front = packets_.find(next_at_++);
  if (front == packets_.end()) {
    ++counts_.missing;
    return Missing{};
  }
  Buffer packet = std::move(front->second);
  packets_.erase(front);
  if (says_silence(packet)) {
    stop();
    return Silence{};
  }
  ++counts_.played;
  return packet;
}

void SoundQueue::hold(Duration later) {
  wanted_hold_ =
      std::clamp(static_cast<int>(later / kSoundFrameTime), -config_.most_wanted, config_.most_hold);
}

void SoundQueue::follow_hold() {
  if (wanted_hold_ >= hold_) {
    stretch_ += wanted_hold_ - hold_;
    hold_ = wanted_hold_;
    eased_ = 0;
  } else if (++eased_ >= config_.ease && (stretch_ > 0 || held() > config_.least)) {
    eased_ = 0;
    --hold_;
    if (stretch_ > 0) {
      --stretch_;
    } else {
      packets_.erase(next_at_++);
      ++counts_.left_out;
    }
  }
}

int SoundQueue::held() const {
  if (packets_.empty()) return 0;
  const std::int64_t from = playing_ ? next_at_ : packets_.begin()->first;
  return static_cast<int>(packets_.rbegin()->first - from + 1);
}

/// True when the target grew.
bool SoundQueue::trouble() {
  calm_ = 0;
  if (target_ >= config_.most_wanted) return false;
  ++target_;
  return true;
}

void SoundQueue::stop() {
  playing_ = false;
  stretch_ = 0;
  packets_.clear();
}

void SoundQueue::adapt() {
  least_ = std::min(least_, held());
  if (++calm_ >= config_.calm) {
    calm_ = 0;
    target_ = std::max(target_ - 1, config_.least);
  }
  if (++watched_ < config_.watched) return;
  // A little is left out where it is hardly heard; what a stall brought all at once goes at once.
  const int beyond = least_ - wanted() - config_.spare;
  for (int left_out = beyond > config_.many ? beyond : std::min(beyond, 1); left_out > 0; --left_out) {
    packets_.erase(next_at_++);
    ++counts_.left_out;
  }
  watched_ = 0;
  least_ = held();
}

}  // namespace godesk::media
