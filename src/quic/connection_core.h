// Behind quic::Connection: the ngtcp2 connection, its TLS session, and our side of streams and datagrams.
//
// Split by direction: callbacks.cpp is called by ngtcp2 while it reads, packing.cpp fills packets,
// streams.cpp keeps what they are filled from, connection_core.cpp owns the life from construction on,
// closing.cpp its end.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>

#include "base/log.h"
#include "base/random.h"
#include "quic/accept.h"
#include "quic/ack_hold.h"
#include "quic/link_estimator.h"
#include "quic/loss_memory.h"
#include "quic/ngtcp2_shim.h"
#include "quic/rate_estimator.h"
#include "quic/send_buffer.h"
#include "quic/tls_session.h"
#include "quic/types.h"

namespace godesk::quic {

/// The address pair that QUIC is shown. A server's never changes. On a client its own address stands for the
/// epoch and is never used twice: the library aborts (assert in conn_start_pmtud, 0.12 and 1.11) when a
/// client returns to an address it had before, while PMTUD is off.
class FakePath {
 public:
  FakePath(Role role, std::uint32_t generation);
  void set_generation(std::uint32_t generation) { client_.sin_addr.s_addr = generation; }
  const ngtcp2_path* get() const { return &path_; }
  FakePath(const FakePath&) = delete;
  FakePath& operator=(const FakePath&) = delete;

 private:
  sockaddr_in client_{}, server_{};
  ngtcp2_path path_{};
};

inline constexpr std::size_t kCidSize = 8;

/// As the library counts time.
inline std::uint64_t ns(Duration d) { return static_cast<std::uint64_t>(d.count()); }

class ConnectionCore {
 public:
  /// `first` is null for a client.
  ConnectionCore(Config config, const AcceptInfo* first, Time now, Random& random, LogSink& log,
                 const TlsOptions& options = {});
  ~ConnectionCore();
  ConnectionCore(const ConnectionCore&) = delete;
  ConnectionCore& operator=(const ConnectionCore&) = delete;

  void on_packet(Time now, ByteView datagram, std::uint16_t epoch);
  void on_timer(Time now);
  Time next_deadline() const;
  std::optional<Packet> next_packet(Time now);
  std::optional<Event> next_event();

  void set_path_mtu(std::size_t bytes);
  void migrate(Time now);
  std::uint16_t epoch() const { return epoch_; }

  std::optional<StreamHandle> open_stream(Priority priority);
  void set_priority(StreamHandle handle, Priority priority);
  bool write(StreamHandle handle, ByteView bytes, bool fin);
  std::size_t unsent(StreamHandle handle) const;
  std::size_t unsent() const;
  std::size_t unacked(StreamHandle handle) const;
  void reset_stream(StreamHandle handle, std::uint64_t code);
  void stop_stream(StreamHandle handle, std::uint64_t code);

  bool send_datagram(ByteView bytes, Urgency urgency);
  std::size_t max_datagram_size() const;

  std::optional<Buffer> channel_binding() const;
  void grant_full_limits();
  TlsFacts tls() const { return tls_.facts(); }
  Stats stats() const;
  Role role() const { return role_; }
  void close(Time now, std::uint64_t code, std::string_view reason);
  bool done() const { return life_ == Life::done; }

  // For GnuTLS's callbacks, which know a connection only by a pointer.
  int verify_peer() { return tls_.verify_peer(); }
  ngtcp2_conn* library() { return conn_; }

 private:
  friend struct Callbacks;

  enum class Life {
    handshake,  // no data in either direction yet
    connected,
    closing,  // our CONNECTION_CLOSE is repeated to a peer that still talks
    done,
  };
  struct Stream {
    Priority priority = 1;
    SendBuffer out;
    bool local = false;
    bool given_up = false;    // its bytes are no longer held against the send buffer
    std::size_t counted = 0;  // its part of held_
  };
  using StreamId = std::int64_t;
  enum class Filled { packet, blocked, nothing };

  // connection_core.cpp, streams.cpp, closing.cpp
  void make_client();
  void make_server(const AcceptInfo& first);
  ngtcp2_settings settings();
  ngtcp2_cid new_cid();
  ngtcp2_transport_params transport_params() const;
  std::uint64_t stamp(Time now);
  bool alive() const { return life_ == Life::handshake || life_ == Life::connected; }
  void become_connected();
  void after_library(Time now);
  void answer_resets();
  void sample_rate(Time now);
  void notice_late_ack(Time now, std::uint64_t before);
  void widen_stream(StreamId id);
  void try_migrate(Time now);
  void hear_epoch(std::uint16_t epoch);
  void fail(int library_error, Time now);
  void begin_closing(const ngtcp2_ccerr& error, Time now);
  void end(CloseReason reason, bool by_peer, std::uint64_t code, std::string text);
  void end_drained();
  ngtcp2_conn_info info() const;
  Duration probe_timeout() const;
  Stream* find(StreamHandle handle);
  const Stream* find(StreamHandle handle) const;
  const Limits& handshake_limits() const;
  void update_ready(StreamId id, const Stream& stream);
  void recount(Stream& stream);
  void give_up(StreamId id, Stream& stream);
  std::uint64_t lost_packets() const;

  // packing.cpp
  Filled fill(Urgency lane, std::uint64_t ts);
  Filled fill_plain(std::uint64_t ts);
  ngtcp2_ssize pack_datagrams(Urgency lane, std::uint64_t ts);
  ngtcp2_ssize pack_streams(Urgency lane, std::uint64_t ts);
  ngtcp2_ssize pack_one(StreamId id, Stream& stream, bool more, std::uint64_t ts);
  bool streams_ready(Urgency lane) const;
  Filled finish(ngtcp2_ssize size, std::uint64_t ts);
  void pace(std::uint64_t ts);
  bool may_wait(Time now) const;
  bool waits_to_send() const;

  const Role role_;
  Config config_;
  Random& random_;
  LogSink& log_;
  ngtcp2_crypto_conn_ref ref_{};
  TlsSession tls_;
  ngtcp2_conn* conn_ = nullptr;
  std::uint32_t generation_ = 1;  // counts a client's moves, without wrapping
  FakePath path_;
  std::uint16_t epoch_;
  bool migration_wanted_ = false;

  AckHold ack_hold_;
  Life life_ = Life::handshake;
  std::uint64_t now_ = 0;  // the latest time heard, as the library counts it
  Time started_{}, last_heard_{}, closing_until_ = kNever;
  Time sent_at_{};
  Time waiting_since_ = kNever;  // for the acknowledgement of something of ours
  std::deque<Event> events_;

  std::map<StreamId, Stream> streams_;
  std::set<std::pair<Priority, StreamId>> ready_;  // streams with something to send
  std::vector<std::pair<StreamId, std::uint64_t>> resets_to_answer_;
  std::size_t held_ = 0;             // bytes in all send buffers
  std::deque<Buffer> datagrams_[2];  // by Urgency
  std::uint64_t next_datagram_id_ = 0;
  std::uint64_t datagrams_dropped_ = 0;
  bool full_limits_ = false;
  bool alpn_refused_ = false;

  std::size_t mtu_;
  Buffer packet_;             // the packet being filled
  bool has_content_ = false;  // stream or datagram bytes of ours went into it
  bool unfinished_ = false;   // the library waits for more of the same packet
  std::size_t burst_ = 0;     // bytes since the pacer was last told
  Buffer close_packet_;
  bool close_packet_due_ = false;
  std::uint64_t heard_while_closing_ = 0;

  RateEstimator rate_;
  LinkEstimator link_;
  LossMemory losses_;
  bool app_limited_ = true;
  std::uint64_t data_bytes_sent_ = 0, data_packets_sent_ = 0;
  std::uint64_t bytes_sent_ = 0, bytes_received_ = 0;
  std::uint64_t lost_datagrams_ = 0, lost_on_closed_streams_ = 0;
};

}  // namespace godesk::quic
