// A connection to the sound server in a thread of its own, with one stream on it.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include <pulse/pulseaudio.h>

#include "base/log.h"
#include "media/sound.h"

namespace godesk::os {

class PulseConnection {
 public:
  enum class Way { record, play };
  /// `ready` is called in the library's thread whenever `bytes` of sound can be read or written.
  /// Connects in the background; a failure is logged once.
  PulseConnection(Way way, LogSink& log, std::function<void(pa_stream*, std::size_t bytes)> ready);
  /// When it returns, `ready` is not called any more.
  ~PulseConnection();
  PulseConnection(const PulseConnection&) = delete;
  PulseConnection& operator=(const PulseConnection&) = delete;

  static constexpr std::size_t kFrameBytes = sizeof(media::SoundFrame);

 private:
  void on_context();
  void open_stream();
  void fail(const char* what);

  Way way_;
  LogSink& log_;
  std::function<void(pa_stream*, std::size_t)> ready_;
  pa_threaded_mainloop* loop_ = nullptr;
  pa_context* context_ = nullptr;
  pa_stream* stream_ = nullptr;
};

}  // namespace godesk::os
