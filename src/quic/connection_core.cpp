#include "quic/connection_core.h"

#include <algorithm>
#include <stdexcept>

#include "quic/callbacks.h"
#include "quic/connection.h"

namespace godesk::quic {
namespace {

constexpr std::string_view kBindingLabel = "EXPORTER-GoDesk-login";
constexpr std::uint8_t kAlertNoApplicationProtocol = 120;  // RFC 7301
constexpr Duration kGranularity = 1ms;                     // RFC 9002 6.1.2: of timers that no data waits for

ngtcp2_cid cid_of(ByteView bytes) {
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, bytes.data(), bytes.size());
  return id;
}

ngtcp2_conn* conn_of(ngtcp2_crypto_conn_ref* ref) {
  return static_cast<ConnectionCore*>(ref->user_data)->library();
}

// The values mean nothing: they are only ever compared.
constexpr std::uint16_t kClientPort = 1, kServerPort = 2;
sockaddr_in fake_address(std::uint32_t ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ip;
  address.sin_port = port;
  return address;
}

/// Beyond the round trip: no end keeps an acknowledgement back, and no queue grows for so long as a rule.
constexpr Duration kLate = 50ms;

}  // namespace

FakePath::FakePath(Role role, std::uint32_t generation)
    : client_(fake_address(generation, kClientPort)), server_(fake_address(1, kServerPort)) {
  const ngtcp2_addr client{reinterpret_cast<sockaddr*>(&client_), sizeof client_};
  const ngtcp2_addr server{reinterpret_cast<sockaddr*>(&server_), sizeof server_};
  path_.local = role == Role::client ? client : server;
  path_.remote = role == Role::client ? server : client;
}

// ---- birth

ConnectionCore::ConnectionCore(Config config, const AcceptInfo* first, Time now, Random& random, LogSink& log,
                               const TlsOptions& options)
    : role_(first ? Role::server : Role::client),
      config_(std::move(config)),
      random_(random),
      log_(log),
      ref_{conn_of, this},
      tls_(role_, config_, &ref_, options),
      path_(role_, generation_),
      epoch_(kFirstEpoch),
      ack_hold_(config_.ack_hold),
      started_(now),
      last_heard_(now),
      full_limits_(!config_.initial_limits),
      mtu_(kMinPathMtu) {
  gnutls_memset(config_.seed.data(), 0, config_.seed.size());
  stamp(now);
  if (first)
    make_server(*first);
  else
    make_client();
  ngtcp2_conn_set_tls_native_handle(conn_, tls_.native());
  if (config_.keep_alive > Duration::zero())
    ngtcp2_conn_set_keep_alive_timeout(conn_, ns(config_.keep_alive));
}

ConnectionCore::~ConnectionCore() { ngtcp2_conn_del(conn_); }

ngtcp2_cid ConnectionCore::new_cid() { return cid_of(random_.bytes<kCidSize>()); }

const Limits& ConnectionCore::handshake_limits() const {
  return config_.initial_limits ? *config_.initial_limits : config_.limits;
}

ngtcp2_settings ConnectionCore::settings() {
  ngtcp2_settings s;
  ngtcp2_settings_default(&s);
  s.initial_ts = now_;
  s.cc_algo = config_.congestion == CongestionControl::bbr ? shim::kBbr : NGTCP2_CC_ALGO_CUBIC;
  s.handshake_timeout = ns(config_.handshake_timeout);
  s.initial_rtt = ns(config_.initial_rtt);
  s.rand_ctx.native_handle = &random_;
  // The path below may shrink at any time and the library cannot tell: it is told with every packet instead.
  s.max_tx_udp_payload_size = kMaxPathMtu;
  s.no_tx_udp_payload_size_shaping = 1;
  s.no_pmtud = 1;
  // An update of the screen is a dozen packets: each acknowledgement costs both ends a wake-up. One that is
  // due is late by an eighth of a round trip at most.
  s.ack_thresh = 10;
  return s;
}

ngtcp2_transport_params ConnectionCore::transport_params() const {
  const Limits& limits = handshake_limits();
  ngtcp2_transport_params p;
  ngtcp2_transport_params_default(&p);
  p.initial_max_data = limits.connection_window;
  p.initial_max_stream_data_bidi_local = limits.stream_window;
  p.initial_max_stream_data_bidi_remote = limits.stream_window;
  p.initial_max_streams_bidi = limits.streams;
  p.initial_max_streams_uni = 0;
  p.max_idle_timeout = ns(config_.idle_timeout);
  p.active_connection_id_limit = 7;
  p.ack_delay_exponent = 6;  // in 64 us: what is held for a few milliseconds is said in one byte
  p.max_datagram_frame_size = 65535;
  return p;
}

void ConnectionCore::make_client() {
  // It needs no id of its own: it talks to one host, and the link tells packets of this session from others.
  // Each packet to it is shorter by as much.
  const ngtcp2_cid dcid = new_cid(), scid{};
  const auto table = callbacks();
  const auto s = settings();
  const auto params = transport_params();
  if (ngtcp2_conn_client_new(&conn_, &dcid, &scid, path_.get(), NGTCP2_PROTO_VER_V1, &table, &s, &params,
                             nullptr, this) != 0)
    throw std::runtime_error("QUIC client cannot be made");
}

void ConnectionCore::make_server(const AcceptInfo& first) {
  const ngtcp2_cid theirs = cid_of(first.scid), ours = new_cid();
  const auto table = callbacks();
  auto s = settings();
  auto params = transport_params();
  Buffer token = first.token;
  shim::set_original_dcid(params, cid_of(first.original_dcid ? *first.original_dcid : first.dcid));
  if (first.original_dcid) {
    params.retry_scid = cid_of(first.dcid);
    params.retry_scid_present = 1;
    shim::set_retry_token(s, token);
  }
  if (ngtcp2_conn_server_new(&conn_, &theirs, &ours, path_.get(), first.version, &table, &s, &params, nullptr,
                             this) != 0)
    throw std::runtime_error("QUIC server cannot be made");
}

// ---- life

std::uint64_t ConnectionCore::stamp(Time now) {
  const auto count = std::max<std::int64_t>(now.time_since_epoch().count(), 1);
  now_ = std::max(now_, static_cast<std::uint64_t>(count));
  return now_;
}

void ConnectionCore::become_connected() {
  if (life_ != Life::handshake || alpn_refused_) return;
  if (!tls_.alpn_agreed()) {
    alpn_refused_ = true;
    return;
  }
  life_ = Life::connected;
  events_.push_back(Connected{tls_.peer_key()});
  log_.write(LogLevel::debug, "quic: connected");
}

void ConnectionCore::on_packet(Time now, ByteView datagram, std::uint16_t epoch) {
  const std::uint64_t ts = stamp(now);
  if (life_ == Life::closing) {
    // Ever more rarely, so that two closing ends do not keep each other busy (RFC 9000 10.2.1).
    const std::uint64_t heard = ++heard_while_closing_;
    if ((heard & (heard - 1)) == 0) close_packet_due_ = !close_packet_.empty();
    return;
  }
  if (!alive() || datagram.empty()) return;
  bytes_received_ += datagram.size();
  hear_epoch(epoch);
  const std::uint64_t in_flight = info().bytes_in_flight;
  const int result = ngtcp2_conn_read_pkt(conn_, path_.get(), nullptr, datagram.data(), datagram.size(), ts);
  if (result != 0) return fail(result, now);
  last_heard_ = now;
  notice_late_ack(now, in_flight);
  const bool ack_due = ngtcp2_conn_get_expiry(conn_) <= ts + ns(config_.ack_hold);
  if (ack_due) ack_hold_.on_heard(now, datagram.size() <= kSmallPacket);
  after_library(now);
  if (alive()) sample_rate(now);
}

/// The server is shown one path for ever, however often the client moves: what the library does on a server
/// when a path changes can be made to abort by a client that has not logged in (0.12.1 retires the id of an
/// abandoned path twice), and the link has proven the path already. What the old path taught is void.
void ConnectionCore::hear_epoch(std::uint16_t epoch) {
  const bool newer = static_cast<std::int16_t>(epoch - epoch_) > 0;
  if (role_ != Role::server || life_ != Life::connected || !newer) return;
  epoch_ = epoch;
  rate_.restart();
  link_.restart();
  losses_.restart();
}

void ConnectionCore::on_timer(Time now) {
  const std::uint64_t ts = stamp(now);
  if (life_ == Life::closing && now >= closing_until_) life_ = Life::done;
  if (!alive()) return;
  if (now >= last_heard_ + config_.idle_timeout) return end(CloseReason::idle, false, 0, "");
  if (life_ == Life::handshake && now >= started_ + config_.handshake_timeout)
    return end(CloseReason::handshake_timeout, false, 0, "");
  if (ngtcp2_conn_get_expiry(conn_) > ts) return;
  const int result = ngtcp2_conn_handle_expiry(conn_, ts);
  if (result != 0) return fail(result, now);
  after_library(now);
}

/// The last packet of several, or the only one, that gets lost is repeated after a timeout by the library,
/// which counts no loss, or by the link before that. `before`: bytes that were in flight.
void ConnectionCore::notice_late_ack(Time now, std::uint64_t before) {
  const std::uint64_t left = info().bytes_in_flight;
  if (left >= before || waiting_since_ == kNever) return;
  const Duration usual = link_.round_trip();
  if (usual > Duration{} && now - waiting_since_ > usual + kLate) losses_.on_late(data_packets_sent_);
  waiting_since_ = left > 0 ? sent_at_ : kNever;
}

void ConnectionCore::after_library(Time now) {
  if (alpn_refused_) {
    ngtcp2_ccerr error;
    ngtcp2_ccerr_default(&error);
    ngtcp2_ccerr_set_tls_alert(&error, kAlertNoApplicationProtocol, nullptr, 0);
    begin_closing(error, now);
    return end(CloseReason::tls, false, kAlertNoApplicationProtocol, "");
  }
  answer_resets();
  if (migration_wanted_) try_migrate(now);
}

Time ConnectionCore::next_deadline() const {
  if (life_ == Life::done) return kNever;
  if (life_ == Life::closing) return closing_until_;
  Time deadline = last_heard_ + config_.idle_timeout;
  if (life_ == Life::handshake) deadline = std::min(deadline, started_ + config_.handshake_timeout);
  const std::uint64_t expiry = ngtcp2_conn_get_expiry(conn_);
  // One nanosecond later: some of the library's timers count as expired only when their time is over.
  if (expiry < static_cast<std::uint64_t>(INT64_MAX)) {
    const std::uint64_t soonest = waits_to_send() ? 0 : now_ + ns(kGranularity);
    const auto due = static_cast<std::int64_t>(std::max(expiry, soonest));
    deadline = std::min(deadline, Time(Duration(due + 1)));
  }
  if (const auto held = ack_hold_.until()) deadline = std::min(deadline, *held);
  return deadline;
}

std::optional<Event> ConnectionCore::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void ConnectionCore::migrate(Time now) {
  if (role_ != Role::client || !alive()) return;
  migration_wanted_ = true;
  try_migrate(now);
}

void ConnectionCore::try_migrate(Time now) {
  const std::uint16_t next = epoch_ == UINT16_MAX ? kFirstEpoch : static_cast<std::uint16_t>(epoch_ + 1);
  const FakePath path(role_, generation_ + 1);
  const int result = ngtcp2_conn_initiate_immediate_migration(conn_, path.get(), stamp(now));
  // Not confirmed yet, or the peer owes us a spare connection id: asked again after the next packet or timer.
  if (result == NGTCP2_ERR_INVALID_STATE || result == NGTCP2_ERR_CONN_ID_BLOCKED) return;
  if (result != 0) return fail(result, now);
  migration_wanted_ = false;
  epoch_ = next;
  path_.set_generation(++generation_);
  rate_.restart();
  link_.restart();
  losses_.restart();
}

// ---- what is known

std::optional<Buffer> ConnectionCore::channel_binding() const {
  if (life_ != Life::connected) return std::nullopt;
  return tls_.exporter(kBindingLabel, 32);
}

std::uint64_t ConnectionCore::lost_packets() const {
  std::uint64_t lost = lost_datagrams_ + lost_on_closed_streams_;
  for (const auto& [id, stream] : streams_) lost += ngtcp2_conn_get_stream_loss_count(conn_, id);
  return std::min(lost, data_packets_sent_);
}

ngtcp2_conn_info ConnectionCore::info() const {
  ngtcp2_conn_info info{};
  ngtcp2_conn_get_conn_info(conn_, &info);
  return info;
}

Stats ConnectionCore::stats() const {
  const ngtcp2_conn_info info = this->info();
  Stats s;
  s.smoothed_rtt = Duration(static_cast<std::int64_t>(info.smoothed_rtt));
  if (info.min_rtt != UINT64_MAX) s.min_rtt = Duration(static_cast<std::int64_t>(info.min_rtt));
  s.congestion_window = {static_cast<std::int64_t>(info.cwnd)};
  s.in_flight = {static_cast<std::int64_t>(info.bytes_in_flight)};
  s.delivery_rate = rate_.rate();
  s.link_rate = link_.rate();
  s.link_rtt = link_.round_trip();
  s.app_limited = app_limited_;
  s.packets_sent = data_packets_sent_;
  s.packets_lost = lost_packets();
  s.bytes_sent = bytes_sent_;
  s.bytes_received = bytes_received_;
  s.datagrams_dropped = datagrams_dropped_;
  return s;
}

void ConnectionCore::sample_rate(Time now) {
  if (data_packets_sent_ == 0) return;
  const ngtcp2_conn_info info = this->info();
  link_.on_round_trip(Duration(static_cast<std::int64_t>(info.latest_rtt)),
                      Duration(static_cast<std::int64_t>(info.smoothed_rtt)));
  if (!rate_.due(now, Duration(static_cast<std::int64_t>(info.smoothed_rtt)), app_limited_)) return;
  const std::uint64_t lost = lost_packets();
  losses_.sample(data_packets_sent_, lost);
  const std::uint64_t gone = info.bytes_in_flight + lost * (data_bytes_sent_ / data_packets_sent_);
  const std::uint64_t delivered = data_bytes_sent_ - std::min(gone, data_bytes_sent_);
  rate_.sample(now, delivered);
  link_.sample(now, delivered);
}

}  // namespace godesk::quic
