// A secure channel made of QUIC over a carrier: the place where packets change hands.
//
//   in:  Machine verbs -> carrier -> Received -> quic::Connection -> events
//   out: write(), send_datagram() -> quic::Connection -> packets -> carrier -> Machine transmits
//
// The server's connection is made from the first packet that can begin one. Work is done when
// something happened and again before anything is drained, at the time of the last thing that
// happened (one now a turn).
#pragma once

#include <deque>
#include <memory>

#include "auth/identity.h"
#include "base/log.h"
#include "base/random.h"
#include "quic/connection.h"
#include "session/secure_channel.h"

namespace godesk::session {

struct QuicChannelConfig {
  quic::Role role = quic::Role::client;
  auth::Identity identity;
  std::optional<crypto::PublicKey> expected_peer;
  std::optional<quic::AcceptInfo> first;  // server: made of a Retry that was answered (direct IP)
  Duration handshake_timeout = 15s;       // of QUIC itself, once a path is there
  Duration keep_alive = 15s;              // a PING after so much silence
};

class QuicChannel final : public SecureChannel {
 public:
  QuicChannel(QuicChannelConfig config, std::unique_ptr<link::Carrier> carrier, Random& random, LogSink& log);
  ~QuicChannel() override;

  void start(Time now) override;
  std::optional<ChannelEvent> next_event() override;
  std::optional<StreamHandle> open_stream(Priority priority) override;
  bool write(Time now, StreamHandle stream, ByteView bytes) override;
  std::size_t unsent(StreamHandle stream) const override;
  std::size_t unacked(StreamHandle stream) const override;
  bool send_datagram(Time now, ByteView bytes, Urgency urgency) override;
  std::optional<Buffer> binding() const override;
  std::string protocol() const override;
  RawKey own_key() const override;
  void on_signal(Time now, ByteView bytes) override;
  void set_profile(Time now, const ice::NatProfile& profile) override;
  void trust_peer(Time now) override;
  void set_relays(Time now, std::vector<link::RelayServer> relays) override;
  quic::TlsFacts tls() const override;
  quic::Stats stats() const override;
  void close(Time now, std::uint64_t code) override;
  bool done() const override;

  void on_timer(Time now) override;
  Time next_deadline() const override;

 private:
  Machine& inner() override { return *carrier_; }
  const Machine& inner() const override { return *carrier_; }
  void settle() override;
  bool take_from_carrier();
  bool take_from_quic();
  bool give_to_carrier();
  void on_carrier_event(link::Event event);
  void on_quic_event(quic::Event event);
  void on_received(const link::Received& received);
  void make_client();
  void start_ahead();
  void leave_carrier();
  void end(ChannelEnd why, std::uint64_t code = 0);
  quic::Config quic_config() const;

  QuicChannelConfig config_;
  std::unique_ptr<link::Carrier> carrier_;
  Random& random_;
  LogSink& log_;
  std::unique_ptr<quic::Connection> quic_;  // none before there is a path (client) or a first packet (server)
  std::deque<ChannelEvent> events_;
  bool ended_ = false;
  bool left_ = false;                 // the carrier was closed
  bool path_seen_ = false;            // or allowed ahead; until then packets would be lost
  std::size_t path_mtu_ = 0;          // as QUIC was told
  std::optional<Duration> path_rtt_;  // as the carrier measured it
};

}  // namespace godesk::session
