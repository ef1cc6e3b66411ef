// Whether one more datagram may join a stream's send queue. A queue is too long when its oldest byte has
// waited `max_wait` or when it holds `max_bytes`: no rate needs to be guessed.
#pragma once

#include <deque>

#include "base/time.h"

namespace godesk::turn {

/// Where our server takes TURN in a WebSocket.
inline constexpr const char* kWebSocketPath = "/turn";

class StreamGate {
 public:
  struct Config {
    Duration max_wait = 100ms;
    std::size_t max_bytes = 65536;
  };

  StreamGate() = default;
  explicit StreamGate(Config config) : config_(config) {}

  bool admits(Time now, std::size_t bytes) const {
    if (backlog_ + bytes > config_.max_bytes) return false;
    return marks_.empty() || now - marks_.front().at < config_.max_wait;
  }
  /// `bytes` were handed to the stream.
  void handed(Time now, std::size_t bytes) {
    handed_ += bytes;
    backlog_ += bytes;
    marks_.push_back({now, handed_});
  }
  /// `bytes` of what was handed over are still waiting.
  void on_backlog(std::size_t bytes) {
    backlog_ = bytes;
    while (!marks_.empty() && marks_.front().end + bytes <= handed_) marks_.pop_front();
  }

 private:
  struct Mark {
    Time at;
    std::uint64_t end = 0;  // position in the stream
  };

  Config config_;
  std::uint64_t handed_ = 0;
  std::size_t backlog_ = 0;
  std::deque<Mark> marks_;  // of what is still waiting
};

}  // namespace godesk::turn
