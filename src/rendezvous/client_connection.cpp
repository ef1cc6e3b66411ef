#include "rendezvous/client_connection.h"

#include "auth/rendezvous_signature.h"

namespace godesk::rendezvous {
namespace {

auth::RendezvousRole signing_role(Role role) {
  return role == Role::host ? auth::RendezvousRole::host : auth::RendezvousRole::viewer;
}

}  // namespace

ClientConnection::ClientConnection(const ClientConfig& config, StreamId stream, Outbox& out,
                                   ClientCounters& counters)
    : config_(config), stream_(stream), out_(out), counters_(counters) {}

void ClientConnection::open(Time now) {
  out_.command(
      OpenStream{stream_, config_.server.stream_kind(), config_.server.targets(), "", kWebSocketPath});
  deadline_ = now + config_.connect_limit;
}

void ClientConnection::close() {
  if (state_ == State::ended) return;
  state_ = State::ended;
  deadline_ = kNever;
  out_.command(CloseStream{stream_});
}

void ClientConnection::fail(Offline why) {
  if (state_ == State::ended) return;
  close();
  events_.push_back(Ended{why});
}

void ClientConnection::on_stream(Time now, const StreamEvent& event) {
  if (state_ == State::ended) return;
  if (const auto* e = std::get_if<StreamOpened>(&event)) opened(*e);
  if (const auto* e = std::get_if<StreamData>(&event)) received(now, e->bytes);
  if (const auto* e = std::get_if<StreamClosed>(&event)) closed(*e);
}

void ClientConnection::opened(const StreamOpened& event) {
  if (state_ != State::opening) return;
  if (event.tls_exporter.size() != auth::kTlsExporterSize) return fail(Offline::not_the_server);
  state_ = State::proving;
  exporter_ = event.tls_exporter;
  proxied_ = event.proxied;
  if (!proxied_) used_ = event.remote.ip;
}

void ClientConnection::closed(const StreamClosed& event) {
  const bool was_open = state_ != State::opening;
  state_ = State::ended;
  deadline_ = kNever;
  Offline why = was_open ? Offline::lost : Offline::unreachable;
  if (event.why == StreamClosed::Why::untrusted) why = Offline::untrusted;
  events_.push_back(Ended{why});
}

void ClientConnection::received(Time now, ByteView bytes) {
  if (state_ == State::opening) return;
  auto message = decode_server_message(bytes);
  if (!message) {
    ++counters_.malformed;
    return fail(Offline::protocol_error);
  }
  if (const auto* hello = std::get_if<wire::ServerHello>(&*message); hello && state_ == State::proving)
    return server_hello(*hello);
  if (!proved()) {
    ++counters_.out_of_order;
    return fail(Offline::protocol_error);
  }
  if (state_ == State::ready && awaiting_pong_) became_ready(now);
  if (std::holds_alternative<wire::Pong>(*message)) return;
  if (std::holds_alternative<wire::Ping>(*message)) return send(wire::Pong{});
  if (std::holds_alternative<wire::Registered>(*message) || std::holds_alternative<wire::Connected>(*message))
    became_ready(now);
  events_.push_back(std::move(*message));
}

bool ClientConnection::is_the_server(const crypto::PublicKey& identity) const {
  if (config_.server.key) return key_hash(identity) == *config_.server.key;
  return !config_.pinned || *config_.pinned == identity;
}

void ClientConnection::server_hello(const wire::ServerHello& hello) {
  const bool proves =
      is_the_server(hello.identity) && auth::verify_rendezvous(hello.identity, auth::RendezvousRole::server,
                                                               hello.identity, exporter_, hello.signature);
  const auto signature =
      auth::sign_rendezvous(config_.identity, signing_role(config_.role), hello.identity, exporter_);
  if (!proves || !signature) return fail(Offline::not_the_server);
  state_ = State::proved;
  send(wire::Hello{config_.role, config_.identity.public_key, *signature});
  events_.push_back(Proved{hello.identity});
}

void ClientConnection::became_ready(Time now) {
  state_ = State::ready;
  awaiting_pong_ = false;
  deadline_ = now + config_.ping_every;
}

void ClientConnection::probe(Time now) {
  if (state_ != State::ready || awaiting_pong_) return;
  awaiting_pong_ = true;
  deadline_ = now + config_.pong_limit;
  send(wire::Ping{});
}

void ClientConnection::on_timer(Time now) {
  if (now < deadline_) return;
  if (state_ == State::ready && !awaiting_pong_) return probe(now);
  fail(state_ == State::opening ? Offline::unreachable : Offline::timed_out);
}

void ClientConnection::send(const ClientMessage& message) {
  if (state_ != State::ended) out_.send(stream_, encode(message));
}

std::optional<ClientConnection::Event> ClientConnection::next_event() { return pop(events_); }

}  // namespace godesk::rendezvous
