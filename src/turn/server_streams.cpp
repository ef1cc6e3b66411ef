// Connections of the relay: bounded in number, framed, closed when they speak garbage or hold nothing.
#include "turn/server.h"

namespace godesk::turn {

void Server::on_stream(Time now, StreamId id, const StreamEvent& event) {
  if (auto* opened = std::get_if<StreamOpened>(&event)) return accept(now, id, *opened);
  auto it = streams_.find(id);
  if (it == streams_.end()) return;
  if (auto* data = std::get_if<StreamData>(&event)) {
    it->second.framer.push(data->bytes);
    return receive_frames(now, id, it->second);
  }
  if (std::holds_alternative<StreamWritable>(event)) return it->second.gate.on_backlog(0);
  forget_stream(now, it);
}

void Server::accept(Time now, StreamId id, const StreamOpened& opened) {
  auto& count = streams_by_prefix_[stun::SourceLimiter::prefix_of(opened.remote.ip)];
  if (streams_.size() >= config_.max_streams || count >= config_.max_streams_per_prefix) {
    ++drops_.streams_refused;
    commands_.push_back(CloseStream{id});
    if (count == 0) streams_by_prefix_.erase(stun::SourceLimiter::prefix_of(opened.remote.ip));
    return;
  }
  ++count;
  Stream stream;
  stream.remote = opened.remote;
  stream.gate = StreamGate(config_.gate);
  stream.idle_since = now;
  streams_.insert_or_assign(id, std::move(stream));
  policy_.add_own(opened.local.ip);
  wake(now);
}

void Server::receive_frames(Time now, StreamId id, Stream& stream) {
  const ClientLeg leg = ClientLeg::on_stream(id, stream.remote);
  // No handler of a frame forgets its stream.
  while (auto frame = stream.framer.next()) on_client_bytes(now, leg, *frame);
  if (!stream.framer.poisoned()) return;
  ++drops_.streams_poisoned;
  drop_stream(now, id);
}

void Server::on_backlog(Time, StreamId id, std::size_t bytes) {
  auto it = streams_.find(id);
  if (it != streams_.end()) it->second.gate.on_backlog(bytes);
}

void Server::drop_stream(Time now, StreamId id) {
  auto it = streams_.find(id);
  if (it == streams_.end()) return;
  commands_.push_back(CloseStream{id});
  forget_stream(now, it);
}

void Server::forget_stream(Time now, Streams::iterator it) {
  auto client = by_client_.find(ClientLeg::on_stream(it->first, it->second.remote));
  if (client != by_client_.end()) remove(now, client->second);
  auto prefix = streams_by_prefix_.find(stun::SourceLimiter::prefix_of(it->second.remote.ip));
  if (--prefix->second == 0) streams_by_prefix_.erase(prefix);
  streams_.erase(it);
}

}  // namespace godesk::turn
