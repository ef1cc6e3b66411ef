#include "os/pulse_connection.h"

namespace godesk::os {
namespace {

constexpr pa_sample_spec kFormat{PA_SAMPLE_S16NE, media::kSoundRate, media::kSoundChannels};

}  // namespace

PulseConnection::PulseConnection(Way way, LogSink& log, std::function<void(pa_stream*, std::size_t)> ready)
    : way_(way), log_(log), ready_(std::move(ready)) {
  loop_ = pa_threaded_mainloop_new();
  if (!loop_) {
    fail("no memory");
    return;
  }
  context_ = pa_context_new(pa_threaded_mainloop_get_api(loop_), "GoDesk");
  pa_context_set_state_callback(
      context_, [](pa_context*, void* self) { static_cast<PulseConnection*>(self)->on_context(); }, this);
  if (pa_context_connect(context_, nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) < 0)
    fail(pa_strerror(pa_context_errno(context_)));
  pa_threaded_mainloop_start(loop_);
}

PulseConnection::~PulseConnection() {
  if (!loop_) return;
  pa_threaded_mainloop_lock(loop_);
  if (stream_) {
    pa_stream_set_read_callback(stream_, nullptr, nullptr);
    pa_stream_set_write_callback(stream_, nullptr, nullptr);
    pa_stream_set_state_callback(stream_, nullptr, nullptr);
    pa_stream_disconnect(stream_);
    pa_stream_unref(stream_);
  }
  if (context_) {
    pa_context_set_state_callback(context_, nullptr, nullptr);
    pa_context_disconnect(context_);
    pa_context_unref(context_);
  }
  pa_threaded_mainloop_unlock(loop_);
  pa_threaded_mainloop_stop(loop_);
  pa_threaded_mainloop_free(loop_);
}

void PulseConnection::on_context() {
  switch (pa_context_get_state(context_)) {
    case PA_CONTEXT_READY:
      return open_stream();
    case PA_CONTEXT_FAILED:
      return fail(pa_strerror(pa_context_errno(context_)));
    default:
      return;
  }
}

void PulseConnection::open_stream() {
  const bool plays = way_ == Way::play;
  stream_ = pa_stream_new(context_, plays ? "Remote sound" : "Sound for viewers", &kFormat, nullptr);
  if (!stream_) return fail(pa_strerror(pa_context_errno(context_)));
  const auto ready = [](pa_stream* stream, std::size_t bytes, void* self) {
    static_cast<PulseConnection*>(self)->ready_(stream, bytes);
  };
  pa_stream_set_state_callback(
      stream_,
      [](pa_stream* stream, void* self) {
        auto* own = static_cast<PulseConnection*>(self);
        if (pa_stream_get_state(stream) == PA_STREAM_FAILED)
          own->fail(pa_strerror(pa_context_errno(own->context_)));
      },
      this);
  constexpr auto kAsServerLikes = static_cast<std::uint32_t>(-1);
  pa_buffer_attr buffer{};
  buffer.maxlength = buffer.prebuf = buffer.minreq = buffer.tlength = buffer.fragsize = kAsServerLikes;
  const auto flags = static_cast<pa_stream_flags_t>(PA_STREAM_ADJUST_LATENCY | PA_STREAM_INTERPOLATE_TIMING |
                                                    PA_STREAM_AUTO_TIMING_UPDATE);
  int failed = 0;
  if (plays) {
    buffer.tlength = 3 * kFrameBytes;
    buffer.minreq = kFrameBytes;
    buffer.prebuf = 0;  // it plays what there is, silence included
    pa_stream_set_write_callback(stream_, ready, this);
    failed = pa_stream_connect_playback(stream_, nullptr, &buffer, flags, nullptr, nullptr);
  } else {
    buffer.fragsize = kFrameBytes;
    pa_stream_set_read_callback(stream_, ready, this);
    failed = pa_stream_connect_record(stream_, "@DEFAULT_MONITOR@", &buffer, flags);
  }
  if (failed < 0) fail(pa_strerror(pa_context_errno(context_)));
}

void PulseConnection::fail(const char* what) {
  log_.write(LogLevel::warning,
             std::string(way_ == Way::play ? "No sound is played: " : "No sound is sent: ") +
                 "the sound server does not answer (" + what + ").");
}

}  // namespace godesk::os
