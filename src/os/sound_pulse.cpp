#include "os/sound_pulse.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/queue.h"
#include "media/sound_queue.h"
#include "os/clock.h"
#include "os/pulse_connection.h"

namespace godesk::os {
namespace {

constexpr std::size_t kMaxFrames = 20;   // recorded and not taken; the oldest make room
constexpr Duration kDeviceDelay = 30ms;  // where the sound server does not tell

/// Of the next sample that is written to the stream, or read from it; `unknown` where nobody knows.
Duration delay_of(pa_stream* stream, Duration unknown) {
  pa_usec_t delay = 0;
  int negative = 0;
  if (pa_stream_get_latency(stream, &delay, &negative) < 0) return unknown;
  const Duration delayed = std::chrono::microseconds(delay);
  return negative ? -delayed : delayed;
}

Duration length_of(std::size_t bytes) {
  return media::kSoundFrameTime * static_cast<std::int64_t>(bytes) /
         static_cast<std::int64_t>(PulseConnection::kFrameBytes);
}

}  // namespace

// ---- recording

class SoundInPulse::Stream {
 public:
  Stream(LogSink& log, int wake)
      : wake_(wake),
        connection_(PulseConnection::Way::record, log, [this](pa_stream* s, std::size_t) { read(s); }) {}

  std::optional<Recorded> next_frame() {
    std::lock_guard lock(mutex_);
    return pop(frames_);
  }

 private:
  void read(pa_stream* stream) {
    const void* data = nullptr;
    std::size_t bytes = 0;
    // A monitor's sound is recorded before it is heard: then the delay is negative.
    next_ = now() - delay_of(stream, {}) - length_of(partial_.size());
    while (pa_stream_readable_size(stream) > 0 && pa_stream_peek(stream, &data, &bytes) == 0 && bytes > 0) {
      data ? add(static_cast<const std::uint8_t*>(data), bytes) : add_silence(bytes);
      pa_stream_drop(stream);
    }
  }
  void add(const std::uint8_t* data, std::size_t bytes) {
    partial_.insert(partial_.end(), data, data + bytes);
    cut();
  }
  /// A hole in what was recorded.
  void add_silence(std::size_t bytes) {
    partial_.insert(partial_.end(), bytes, 0);
    cut();
  }
  void cut() {
    std::size_t cut = 0;
    std::lock_guard lock(mutex_);
    for (; partial_.size() - cut >= PulseConnection::kFrameBytes; cut += PulseConnection::kFrameBytes) {
      Recorded recorded{{}, next_ + length_of(cut)};
      std::memcpy(recorded.frame.data(), partial_.data() + cut, PulseConnection::kFrameBytes);
      frames_.push_back(recorded);
      if (frames_.size() > kMaxFrames) frames_.pop_front();
    }
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(cut));
    next_ += length_of(cut);
    if (cut > 0) eventfd_write(wake_, 1);
  }

  int wake_;
  std::mutex mutex_;
  std::deque<Recorded> frames_;
  Buffer partial_;
  Time next_{};                 // when what is in partial_ is heard
  PulseConnection connection_;  // last: it goes first
};

SoundInPulse::SoundInPulse(LogSink& log) : log_(log), fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

SoundInPulse::~SoundInPulse() {
  stream_.reset();
  if (fd_ >= 0) close(fd_);
}

int SoundInPulse::fd() const { return fd_; }

void SoundInPulse::listen(bool on) {
  if (!on) {
    stream_.reset();
  } else if (!stream_) {
    stream_ = std::make_unique<Stream>(log_, fd_);
  }
}

std::optional<host::SoundSource::Recorded> SoundInPulse::next_frame() {
  eventfd_t counted = 0;
  eventfd_read(fd_, &counted);
  return stream_ ? stream_->next_frame() : std::nullopt;
}

// ---- playing

class SoundOutPulse::Stream {
 public:
  explicit Stream(LogSink& log)
      : connection_(PulseConnection::Way::play, log,
                    [this](pa_stream* s, std::size_t bytes) { write(s, bytes); }) {}

  void put(std::uint32_t sequence, ByteView packet) {
    std::lock_guard lock(mutex_);
    queue_.put(sequence, packet);
  }
  void hold(Duration later) {
    std::lock_guard lock(mutex_);
    queue_.hold(later);
  }
  std::optional<viewer::SoundPlayed> played() {
    std::lock_guard lock(mutex_);
    return played_;
  }

 private:
  void write(pa_stream* stream, std::size_t bytes) {
    for (; bytes >= PulseConnection::kFrameBytes; bytes -= PulseConnection::kFrameBytes) {
      const media::SoundFrame frame = next(now() + delay_of(stream, kDeviceDelay));
      pa_stream_write(stream, frame.data(), PulseConnection::kFrameBytes, nullptr, 0, PA_SEEK_RELATIVE);
    }
  }
  /// What is heard at `heard`.
  media::SoundFrame next(Time heard) {
    std::unique_lock lock(mutex_);
    const auto taken = queue_.take();
    auto* packet = std::get_if<Buffer>(&taken);
    const bool silent = std::holds_alternative<media::SoundQueue::Silence>(taken);
    if (packet) played_ = viewer::SoundPlayed{queue_.sequence(), heard, queue_.held_back()};
    if (silent) played_.reset();
    lock.unlock();
    if (packet) return decoder_.decode(*packet);
    return silent ? media::SoundFrame{} : decoder_.conceal();
  }

  std::mutex mutex_;
  media::SoundQueue queue_;
  std::optional<viewer::SoundPlayed> played_;
  media::SoundDecoder decoder_;
  PulseConnection connection_;  // last: it goes first
};

SoundOutPulse::SoundOutPulse(LogSink& log) : log_(log) {}
SoundOutPulse::~SoundOutPulse() = default;

void SoundOutPulse::put(std::uint32_t sequence, ByteView packet) {
  if (!stream_) stream_ = std::make_unique<Stream>(log_);
  stream_->put(sequence, packet);
}

void SoundOutPulse::hold(Duration later) {
  if (stream_) stream_->hold(later);
}

std::optional<viewer::SoundPlayed> SoundOutPulse::played() {
  return stream_ ? stream_->played() : std::nullopt;
}

}  // namespace godesk::os
