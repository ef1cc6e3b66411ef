// Our side of streams: what is held, what is ready to be sent, and how far the peer may write.
#include <algorithm>

#include "quic/connection_core.h"

namespace godesk::quic {

ConnectionCore::Stream* ConnectionCore::find(StreamHandle handle) {
  const auto found = streams_.find(static_cast<StreamId>(handle));
  return found == streams_.end() ? nullptr : &found->second;
}
const ConnectionCore::Stream* ConnectionCore::find(StreamHandle handle) const {
  return const_cast<ConnectionCore*>(this)->find(handle);
}

std::optional<StreamHandle> ConnectionCore::open_stream(Priority priority) {
  if (life_ != Life::connected) return std::nullopt;
  StreamId id = -1;
  if (ngtcp2_conn_open_bidi_stream(conn_, &id, nullptr) != 0) return std::nullopt;
  Stream& stream = streams_[id];
  stream.priority = priority;
  stream.local = true;
  if (full_limits_) widen_stream(id);
  return StreamHandle{id};
}

void ConnectionCore::set_priority(StreamHandle handle, Priority priority) {
  Stream* stream = find(handle);
  if (!stream) return;
  const auto id = static_cast<StreamId>(handle);
  ready_.erase({stream->priority, id});
  stream->priority = priority;
  update_ready(id, *stream);
}

void ConnectionCore::update_ready(StreamId id, const Stream& stream) {
  if (stream.out.pending())
    ready_.insert({stream.priority, id});
  else
    ready_.erase({stream.priority, id});
}

bool ConnectionCore::write(StreamHandle handle, ByteView bytes, bool fin) {
  Stream* stream = find(handle);
  if (life_ != Life::connected || !stream || stream->out.finished()) return false;
  if (bytes.size() > config_.send_buffer - std::min(held_, config_.send_buffer)) return false;
  stream->out.push(bytes);
  if (fin) stream->out.finish();
  recount(*stream);
  update_ready(static_cast<StreamId>(handle), *stream);
  return true;
}

std::size_t ConnectionCore::unsent(StreamHandle handle) const {
  const Stream* stream = find(handle);
  return stream ? stream->out.unsent() : 0;
}
std::size_t ConnectionCore::unsent() const {
  std::size_t sum = 0;
  for (const auto& [priority, id] : ready_) sum += streams_.at(id).out.unsent();
  return sum;
}
std::size_t ConnectionCore::unacked(StreamHandle handle) const {
  const Stream* stream = find(handle);
  return stream ? stream->out.unacked() : 0;
}

void ConnectionCore::recount(Stream& stream) {
  const std::size_t held = stream.given_up ? 0 : stream.out.held();
  held_ = held_ - stream.counted + held;
  stream.counted = held;
}

void ConnectionCore::give_up(StreamId id, Stream& stream) {
  stream.given_up = true;
  stream.out.discard_unsent();
  recount(stream);
  update_ready(id, stream);
}

void ConnectionCore::reset_stream(StreamHandle handle, std::uint64_t code) {
  Stream* stream = find(handle);
  if (life_ != Life::connected || !stream) return;
  const auto id = static_cast<StreamId>(handle);
  const bool unknown_to_peer = stream->local && !stream->out.began();
  give_up(id, *stream);
  if (unknown_to_peer) {
    // A receiver forgets a stream that is reset before its first byte, without an answer: ours would never
    // close.
    stream->out.send_fin_only();
    return update_ready(id, *stream);
  }
  ngtcp2_conn_shutdown_stream_write(conn_, 0, id, code);
}

void ConnectionCore::stop_stream(StreamHandle handle, std::uint64_t code) {
  if (life_ != Life::connected || !find(handle)) return;
  ngtcp2_conn_shutdown_stream_read(conn_, 0, static_cast<StreamId>(handle), code);
}

void ConnectionCore::answer_resets() {
  // Without this the peer could not open further streams after a few resets.
  for (const auto& [id, code] : std::exchange(resets_to_answer_, {})) reset_stream(StreamHandle{id}, code);
}

void ConnectionCore::widen_stream(StreamId id) {
  if (!config_.initial_limits) return;
  const std::uint64_t full = config_.limits.stream_window, initial = config_.initial_limits->stream_window;
  if (full > initial) ngtcp2_conn_extend_max_stream_offset(conn_, id, full - initial);
}

void ConnectionCore::grant_full_limits() {
  if (full_limits_ || life_ != Life::connected) return;
  full_limits_ = true;
  const Limits &full = config_.limits, &initial = *config_.initial_limits;
  if (full.connection_window > initial.connection_window)
    ngtcp2_conn_extend_max_offset(conn_, full.connection_window - initial.connection_window);
  if (full.streams > initial.streams)
    ngtcp2_conn_extend_max_streams_bidi(conn_, static_cast<std::size_t>(full.streams - initial.streams));
  for (const auto& [id, stream] : streams_) widen_stream(id);
}

}  // namespace godesk::quic
