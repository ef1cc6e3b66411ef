// Filling packets. The library decides whether anything may leave (congestion, pacing, amplification) and
// puts acknowledgements and repetitions first; we decide what of ours follows.
//
// A packet is begun with one piece of content and FLAG_MORE as long as the lane has another piece; the
// library keeps the packet open (WRITE_MORE) until it is full or a piece comes without the flag. While it is
// open, no other call is allowed. An empty-handed call (stream -1) says "nothing more to send" and makes the
// congestion controller regard the sample as application limited: it is made only when that is so.
#include <algorithm>

#include "quic/connection.h"
#include "quic/connection_core.h"

namespace godesk::quic {
namespace {

ngtcp2_vec vec(ByteView bytes) { return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; }

// As long as a packet can possibly be: more than this of one stream never fits.
constexpr std::size_t kMaxPiece = kMaxPathMtu;

// DATAGRAM frame header, short packet header with 8-byte id and 4-byte number, and AEAD tag.
constexpr std::size_t kDatagramOverhead = 32;

}  // namespace

std::size_t ConnectionCore::max_datagram_size() const {
  if (life_ != Life::connected) return 0;
  const auto* theirs = ngtcp2_conn_get_remote_transport_params(conn_);
  if (!theirs) return 0;
  // The frame itself takes up to 3 bytes of what the peer allows (RFC 9221 3).
  const std::uint64_t allowed = theirs->max_datagram_frame_size;
  if (allowed <= 3) return 0;
  const std::size_t path = std::min<std::uint64_t>(mtu_, theirs->max_udp_payload_size);
  return std::min<std::uint64_t>(path - kDatagramOverhead, allowed - 3);
}

bool ConnectionCore::streams_ready(Urgency lane) const {
  if (ready_.empty()) return false;
  return lane == Urgency::urgent ? ready_.begin()->first == kUrgentLane
                                 : ready_.rbegin()->first != kUrgentLane;
}

ngtcp2_ssize ConnectionCore::pack_datagrams(Urgency lane, std::uint64_t ts) {
  auto& queue = datagrams_[static_cast<int>(lane)];
  while (!queue.empty()) {
    const bool more = queue.size() > 1 || streams_ready(lane);
    const ngtcp2_vec data = vec(queue.front());
    int accepted = 0;
    const auto n =
        ngtcp2_conn_writev_datagram(conn_, nullptr, nullptr, packet_.data(), packet_.size(), &accepted,
                                    more ? NGTCP2_WRITE_DATAGRAM_FLAG_MORE : NGTCP2_WRITE_DATAGRAM_FLAG_NONE,
                                    next_datagram_id_++, &data, data.len > 0 ? 1 : 0, ts);
    if (accepted) {
      queue.pop_front();
      has_content_ = true;
    }
    if (n != NGTCP2_ERR_WRITE_MORE) return n;
    unfinished_ = true;
  }
  return NGTCP2_ERR_WRITE_MORE;
}

ngtcp2_ssize ConnectionCore::pack_one(StreamId id, Stream& stream, bool more, std::uint64_t ts) {
  const ByteView piece = stream.out.front(kMaxPiece);
  const bool fin = stream.out.fin_pending() && piece.size() == stream.out.unsent();
  std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
  if (more) flags |= NGTCP2_WRITE_STREAM_FLAG_MORE;
  if (fin) flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
  const ngtcp2_vec data = vec(piece);
  ngtcp2_ssize taken = -1;
  const auto n = ngtcp2_conn_writev_stream(conn_, nullptr, nullptr, packet_.data(), packet_.size(), &taken,
                                           flags, id, &data, piece.empty() ? 0 : 1, ts);
  if (taken >= 0) {
    stream.out.on_sent(static_cast<std::size_t>(taken),
                       fin && static_cast<std::size_t>(taken) == piece.size());
    has_content_ = true;
  }
  return n;
}

ngtcp2_ssize ConnectionCore::pack_streams(Urgency lane, std::uint64_t ts) {
  auto it = lane == Urgency::urgent ? ready_.begin() : ready_.lower_bound({kUrgentLane + 1, INT64_MIN});
  const auto end = lane == Urgency::urgent ? ready_.lower_bound({kUrgentLane + 1, INT64_MIN}) : ready_.end();
  while (it != end) {
    const StreamId id = it->second;
    const auto entry = it++;
    Stream& stream = streams_.at(id);
    // A chunk boundary inside the stream, too, is a reason to keep the packet open.
    const bool more = it != end || stream.out.unsent() > stream.out.front(kMaxPiece).size();
    const auto n = pack_one(id, stream, more, ts);
    if (!stream.out.pending()) ready_.erase(entry);
    if (n == NGTCP2_ERR_WRITE_MORE) {
      unfinished_ = true;
      if (stream.out.pending()) it = ready_.find({stream.priority, id});
    } else if (n == NGTCP2_ERR_STREAM_SHUT_WR || n == NGTCP2_ERR_STREAM_NOT_FOUND) {
      give_up(id, stream);  // the peer no longer reads; its answer to our reset makes the event
    } else if (n != NGTCP2_ERR_STREAM_DATA_BLOCKED) {
      return n;
    }
  }
  return NGTCP2_ERR_WRITE_MORE;
}

ConnectionCore::Filled ConnectionCore::finish(ngtcp2_ssize size, std::uint64_t ts) {
  unfinished_ = false;
  if (size < 0) {
    fail(static_cast<int>(size), Time(Duration(static_cast<std::int64_t>(ts))));
    return Filled::blocked;
  }
  if (size == 0) return Filled::blocked;
  packet_.resize(static_cast<std::size_t>(size));
  return Filled::packet;
}

ConnectionCore::Filled ConnectionCore::fill(Urgency lane, std::uint64_t ts) {
  if (datagrams_[static_cast<int>(lane)].empty() && !streams_ready(lane)) return Filled::nothing;
  auto n = pack_datagrams(lane, ts);
  if (n == NGTCP2_ERR_WRITE_MORE) n = pack_streams(lane, ts);
  if (n != NGTCP2_ERR_WRITE_MORE) return finish(n, ts);
  // All that was left is waiting for the peer's flow control.
  return unfinished_ ? fill_plain(ts) : Filled::nothing;
}

ConnectionCore::Filled ConnectionCore::fill_plain(std::uint64_t ts) {
  return finish(ngtcp2_conn_writev_stream(conn_, nullptr, nullptr, packet_.data(), packet_.size(), nullptr,
                                          NGTCP2_WRITE_STREAM_FLAG_NONE, -1, nullptr, 0, ts),
                ts);
}

/// Nobody needs to be told yet of less than one packet with nothing behind it: a deadline would only wake us.
void ConnectionCore::pace(std::uint64_t ts) {
  if (burst_ == 0 || (burst_ < mtu_ && !waits_to_send())) return;
  ngtcp2_conn_update_pkt_tx_time(conn_, ts);
  burst_ = 0;
}

bool ConnectionCore::waits_to_send() const {
  return !ready_.empty() || !datagrams_[0].empty() || !datagrams_[1].empty();
}

/// With nothing new to say: acknowledgements are due, or a repetition, which can wait as long.
bool ConnectionCore::may_wait(Time now) const {
  const auto until = ack_hold_.until();
  return life_ == Life::connected && until && now < *until;
}

std::optional<Packet> ConnectionCore::next_packet(Time now) {
  if (close_packet_due_) {
    close_packet_due_ = false;
    bytes_sent_ += close_packet_.size();
    return Packet{close_packet_, Urgency::urgent};
  }
  if (!alive()) return std::nullopt;
  const std::uint64_t ts = stamp(now);
  if (burst_ >= ngtcp2_conn_get_send_quantum(conn_)) pace(ts);

  packet_.resize(mtu_);
  has_content_ = false;
  Filled filled = Filled::nothing;
  Urgency lane = Urgency::urgent;
  if (life_ == Life::connected) {
    filled = fill(Urgency::urgent, ts);
    if (filled == Filled::nothing) {
      lane = Urgency::bulk;
      filled = fill(Urgency::bulk, ts);
    }
    app_limited_ = filled == Filled::nothing;
  }
  if (filled == Filled::nothing) {
    if (may_wait(now)) {
      pace(ts);
      return std::nullopt;
    }
    filled = fill_plain(ts);
  }
  ack_hold_.on_spoken();
  if (filled != Filled::packet) {
    if (!alive()) return next_packet(now);
    pace(ts);
    return std::nullopt;
  }

  const std::size_t size = packet_.size();
  const bool small = size <= kSmallPacket || life_ == Life::handshake;
  if (!has_content_) lane = small ? Urgency::urgent : Urgency::bulk;
  // In a local network a timeout is soon over, and an end that was busy for a moment looks like one.
  if (small && losses_.lately(data_packets_sent_) && !link_.near()) lane = Urgency::urgent;
  burst_ += size;
  bytes_sent_ += size;
  sent_at_ = now;
  if (has_content_) waiting_since_ = std::min(waiting_since_, now);
  if (has_content_ || size > kSmallPacket) {
    ++data_packets_sent_;
    data_bytes_sent_ += size;
  }
  return Packet{packet_, lane, !has_content_ && life_ == Life::connected};
}

void ConnectionCore::set_path_mtu(std::size_t bytes) {
  mtu_ = std::clamp(bytes, kMinPathMtu, kMaxPathMtu);
  if (life_ != Life::connected) return;
  const std::size_t limit = max_datagram_size();
  for (auto& queue : datagrams_)
    datagrams_dropped_ += std::erase_if(queue, [&](const Buffer& d) { return d.size() > limit; });
}

bool ConnectionCore::send_datagram(ByteView bytes, Urgency urgency) {
  if (bytes.size() > max_datagram_size()) return false;
  auto& queue = datagrams_[static_cast<int>(urgency)];
  queue.push_back(to_buffer(bytes));
  if (queue.size() > config_.max_queued_datagrams) {
    queue.pop_front();
    ++datagrams_dropped_;
  }
  return true;
}

}  // namespace godesk::quic
