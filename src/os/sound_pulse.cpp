#include "os/sound_pulse.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/queue.h"
#include "media/sound_queue.h"
#include "os/pulse_connection.h"

namespace godesk::os {
namespace {

constexpr std::size_t kMaxFrames = 20;  // recorded and not taken; the oldest make room

}  // namespace

// ---- recording

class SoundInPulse::Stream {
 public:
  Stream(LogSink& log, int wake)
      : wake_(wake),
        connection_(PulseConnection::Way::record, log, [this](pa_stream* s, std::size_t) { read(s); }) {}

  std::optional<media::SoundFrame> next_frame() {
    std::lock_guard lock(mutex_);
    return pop(frames_);
  }

 private:
  void read(pa_stream* stream) {
    const void* data = nullptr;
    std::size_t bytes = 0;
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
      media::SoundFrame frame;
      std::memcpy(frame.data(), partial_.data() + cut, PulseConnection::kFrameBytes);
      frames_.push_back(frame);
      if (frames_.size() > kMaxFrames) frames_.pop_front();
    }
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(cut));
    if (cut > 0) eventfd_write(wake_, 1);
  }

  int wake_;
  std::mutex mutex_;
  std::deque<media::SoundFrame> frames_;
  Buffer partial_;
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

std::optional<media::SoundFrame> SoundInPulse::next_frame() {
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

 private:
  void write(pa_stream* stream, std::size_t bytes) {
    for (; bytes >= PulseConnection::kFrameBytes; bytes -= PulseConnection::kFrameBytes) {
      const media::SoundFrame frame = next();
      pa_stream_write(stream, frame.data(), PulseConnection::kFrameBytes, nullptr, 0, PA_SEEK_RELATIVE);
    }
  }
  media::SoundFrame next() {
    std::unique_lock lock(mutex_);
    const auto taken = queue_.take();
    lock.unlock();
    if (auto* packet = std::get_if<Buffer>(&taken)) return decoder_.decode(*packet);
    return std::holds_alternative<media::SoundQueue::Missing>(taken) ? decoder_.conceal()
                                                                     : media::SoundFrame{};
  }

  std::mutex mutex_;
  media::SoundQueue queue_;
  media::SoundDecoder decoder_;
  PulseConnection connection_;  // last: it goes first
};

SoundOutPulse::SoundOutPulse(LogSink& log) : log_(log) {}
SoundOutPulse::~SoundOutPulse() = default;

void SoundOutPulse::put(std::uint32_t sequence, ByteView packet) {
  if (!stream_) stream_ = std::make_unique<Stream>(log_);
  stream_->put(sequence, packet);
}

}  // namespace godesk::os
