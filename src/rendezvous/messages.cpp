#include "rendezvous/messages.h"

#include <algorithm>
#include <type_traits>

#include "rendezvous.pb.h"

namespace godesk::rendezvous {
namespace {

// ---- values to protobuf

template <class Bytes>
std::string text(const Bytes& bytes) {
  return std::string(text_of(ByteView(bytes)));
}

void put(pb::HostPort& to, const HostPort& from) {
  to.set_host(from.host);
  to.set_port(from.port);
}

void put(pb::Relay& to, const Relay& from) {
  if (from.udp) put(*to.mutable_udp(), *from.udp);
  if (from.tcp) put(*to.mutable_tcp(), *from.tcp);
  if (from.tls) put(*to.mutable_tls(), *from.tls);
  if (from.websocket) put(*to.mutable_websocket(), *from.websocket);
  if (from.udp_443) put(*to.mutable_udp_443(), *from.udp_443);
  to.set_username(from.username);
  to.set_password(from.password);
  to.set_realm(from.realm);
  to.set_nonce(from.nonce);
  to.set_here(from.here);
  if (from.relayed) put(*to.mutable_relayed(), HostPort{from.relayed->ip.to_string(), from.relayed->port});
}

void put(pb::Services& to, const Services& from) {
  for (const HostPort& stun : from.stun) put(*to.add_stun(), stun);
  for (const Relay& relay : from.relays) put(*to.add_relays(), relay);
  to.set_refresh_token(text(from.refresh_token));
  to.set_greeting(text(from.greeting));
  const auto start_in = std::chrono::round<std::chrono::milliseconds>(from.start_in);
  to.set_start_in_ms(static_cast<std::uint32_t>(start_in.count()));
  if (!from.seen) return;
  to.set_opening(text(from.seen->opening));
  to.set_peer_seen(text(from.seen->peer_as));
}

template <class Body>
void put_relays(Body& to, const std::vector<IpAddress>& from) {
  for (const IpAddress& ip : from) to.add_own_relays(text(ip.bytes()));
}

template <class Body>
void put_signal(Body& body, const wire::Signal& m) {
  body.mutable_signal()->set_intro(m.intro.number);
  body.mutable_signal()->set_bytes(text(m.bytes));
}

void put(pb::ClientMessage& to, const wire::Hello& m) {
  auto& hello = *to.mutable_hello();
  hello.set_role(m.role == Role::host ? 1 : 2);
  hello.set_key(text(m.key.bytes));
  hello.set_signature(text(m.signature));
}
void put(pb::ClientMessage& to, const wire::Register& m) {
  to.mutable_register_()->set_willing(m.willing);
  put_relays(*to.mutable_register_(), m.own_relays);
  for (const auto& hash : m.authorised) to.mutable_register_()->add_authorised(text(hash));
  to.mutable_register_()->set_greeting(text(m.greeting));
}
void put(pb::ClientMessage& to, const wire::Find& m) {
  to.mutable_find()->set_id(m.id.number());
  to.mutable_find()->set_question(m.question);
  to.mutable_find()->set_greeting(text(m.greeting));
  put_relays(*to.mutable_find(), m.own_relays);
}
void put(pb::ClientMessage& to, const wire::Refresh& m) {
  to.mutable_refresh()->set_intro(m.intro.number);
  to.mutable_refresh()->set_token(text(m.token));
  to.mutable_refresh()->set_meet(m.meet);
  put_relays(*to.mutable_refresh(), m.own_relays);
}
void put(pb::ClientMessage& to, const wire::Signal& m) { put_signal(to, m); }
void put(pb::ClientMessage& to, const wire::EndIntroduction& m) {
  to.mutable_end_introduction()->set_intro(m.intro.number);
}
void put(pb::ClientMessage& to, const wire::Ping&) { to.mutable_ping(); }
void put(pb::ClientMessage& to, const wire::Pong&) { to.mutable_pong(); }

void put(pb::ServerMessage& to, const wire::ServerHello& m) {
  to.mutable_server_hello()->set_identity(text(m.identity.bytes));
  to.mutable_server_hello()->set_signature(text(m.signature));
}
void put(pb::ServerMessage& to, const wire::Connected& m) {
  put(*to.mutable_connected()->mutable_services(), m.services);
}
void put(pb::ServerMessage& to, const wire::Registered& m) {
  to.mutable_registered()->set_id(m.id.number());
  put(*to.mutable_registered()->mutable_services(), m.services);
}
void put(pb::ServerMessage& to, const wire::Rejected& m) {
  to.mutable_rejected()->set_why(static_cast<std::uint32_t>(m.why));
}
void put(pb::ServerMessage& to, const wire::Introduction& m) {
  auto& body = *to.mutable_introduction();
  body.set_intro(m.intro.number);
  body.set_caller(text(m.caller.bytes));
  put(*body.mutable_services(), m.services);
  body.set_again(m.again);
}
void put(pb::ServerMessage& to, const wire::Introduced& m) {
  auto& body = *to.mutable_introduced();
  body.set_intro(m.intro.number);
  body.set_host(text(m.host.bytes));
  body.set_question(m.question);
  body.set_authorised(m.authorised);
  put(*body.mutable_services(), m.services);
}
void put(pb::ServerMessage& to, const wire::NotFound& m) { to.mutable_not_found()->set_question(m.question); }
void put(pb::ServerMessage& to, const wire::Busy& m) {
  to.mutable_busy()->set_question(m.question);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::clamp<Duration>(m.wait, 0s, kMaxWait));
  to.mutable_busy()->set_wait_ms(static_cast<std::uint32_t>(wait.count()));
}
void put(pb::ServerMessage& to, const wire::Refreshed& m) {
  to.mutable_refreshed()->set_intro(m.intro.number);
  put(*to.mutable_refreshed()->mutable_services(), m.services);
  to.mutable_refreshed()->set_met(m.met);
}
void put(pb::ServerMessage& to, const wire::RefreshRefused& m) {
  to.mutable_refresh_refused()->set_intro(m.intro.number);
}
void put(pb::ServerMessage& to, const wire::Signal& m) { put_signal(to, m); }
void put(pb::ServerMessage& to, const wire::EndIntroduction& m) {
  to.mutable_end_introduction()->set_intro(m.intro.number);
}
void put(pb::ServerMessage& to, const wire::Ping&) { to.mutable_ping(); }
void put(pb::ServerMessage& to, const wire::Pong&) { to.mutable_pong(); }

template <class Proto, class Message>
Buffer serialized(const Message& message) {
  Proto proto;
  std::visit([&](const auto& m) { put(proto, m); }, message);
  Buffer bytes(proto.ByteSizeLong());
  proto.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

// ---- protobuf to values; false is DecodeError::bad_field

template <std::size_t N>
bool get(std::array<std::uint8_t, N>& to, const std::string& from) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}
bool get(Buffer& to, const std::string& from, std::size_t limit) {
  to = to_buffer(bytes_of(from));
  return from.size() <= limit;
}
/// Printable ASCII: names, credentials and realms of ours and of every TURN server met so far.
bool get(std::string& to, const std::string& from, std::size_t limit) {
  to = from;
  return from.size() <= limit &&
         std::all_of(from.begin(), from.end(), [](char c) { return c > 32 && c < 127; });
}
bool get(IpAddress& to, const std::string& from) {
  const auto ip = ip_from(bytes_of(from));
  if (ip) to = *ip;
  return ip.has_value();
}
template <class Relays>
bool get_relays(std::vector<IpAddress>& to, const Relays& from) {
  if (from.size() > static_cast<int>(kMaxOwnRelays)) return false;
  return std::all_of(from.begin(), from.end(),
                     [&](const std::string& ip) { return get(to.emplace_back(), ip); });
}
bool get(auth::DeviceId& to, std::uint32_t from) {
  const auto id = auth::DeviceId::from_number(from);
  if (id) to = *id;
  return id.has_value();
}

bool get(IntroId& to, std::uint64_t from) {
  to.number = from;
  return true;
}

bool get(HostPort& to, const pb::HostPort& from) {
  to.port = static_cast<std::uint16_t>(from.port());
  return get(to.host, from.host(), kMaxHost) && !to.host.empty() && from.port() >= 1 && from.port() <= 65535;
}
bool get(std::optional<HostPort>& to, bool has, const pb::HostPort& from) {
  return !has || get(to.emplace(), from);
}

bool get(std::optional<Endpoint>& to, bool has, const pb::HostPort& from) {
  HostPort named;
  if (!has) return true;
  const auto ip = get(named, from) ? IpAddress::parse(named.host) : std::nullopt;
  if (ip) to = Endpoint{*ip, named.port};
  return ip.has_value();
}

bool get(Relay& to, const pb::Relay& from) {
  to.here = from.here();
  return get(to.relayed, from.has_relayed(), from.relayed()) && get(to.udp, from.has_udp(), from.udp()) &&
         get(to.tcp, from.has_tcp(), from.tcp()) && get(to.tls, from.has_tls(), from.tls()) &&
         get(to.websocket, from.has_websocket(), from.websocket()) &&
         get(to.udp_443, from.has_udp_443(), from.udp_443()) && (to.udp || to.tcp || to.tls) &&
         get(to.username, from.username(), kMaxUsername) && get(to.password, from.password(), kMaxPassword) &&
         get(to.realm, from.realm(), kMaxRealm) && get(to.nonce, from.nonce(), kMaxNonce);
}

bool get(Services& to, const pb::Services& from) {
  if (from.stun_size() > static_cast<int>(kMaxStunServers)) return false;
  if (from.relays_size() > static_cast<int>(kMaxRelays)) return false;
  for (const auto& stun : from.stun())
    if (!get(to.stun.emplace_back(), stun)) return false;
  for (const auto& relay : from.relays())
    if (!get(to.relays.emplace_back(), relay)) return false;
  if (!from.opening().empty() || !from.peer_seen().empty()) {
    auto& seen = to.seen.emplace();
    if (!get(seen.opening, from.opening()) || !get(seen.peer_as, from.peer_seen())) return false;
  }
  to.start_in = std::chrono::milliseconds(from.start_in_ms());
  return get(to.refresh_token, from.refresh_token(), kMaxToken) && to.start_in <= kMaxStart &&
         get(to.greeting, from.greeting(), kMaxGreeting);
}

bool get(wire::Hello& to, const pb::Hello& from) {
  if (from.role() != 1 && from.role() != 2) return false;
  to.role = from.role() == 1 ? Role::host : Role::viewer;
  return get(to.key.bytes, from.key()) && get(to.signature, from.signature());
}
bool get(wire::Register& to, const pb::Register& from) {
  to.willing = from.willing();
  if (from.authorised_size() > static_cast<int>(kMaxAuthorised)) return false;
  for (const auto& hash : from.authorised())
    if (!get(to.authorised.emplace_back(), hash)) return false;
  return get_relays(to.own_relays, from.own_relays()) && get(to.greeting, from.greeting(), kMaxGreeting);
}
bool get(wire::Find& to, const pb::Find& from) {
  to.question = from.question();
  return get(to.id, from.id()) && get_relays(to.own_relays, from.own_relays()) &&
         get(to.greeting, from.greeting(), kMaxGreeting);
}
bool get(wire::Refresh& to, const pb::Refresh& from) {
  to.meet = from.meet();
  return get(to.intro, from.intro()) && get(to.token, from.token(), kMaxToken) &&
         get_relays(to.own_relays, from.own_relays());
}
bool get(wire::Signal& to, const pb::Signal& from) {
  return get(to.intro, from.intro()) && !from.bytes().empty() && get(to.bytes, from.bytes(), kMaxSignal);
}
bool get(wire::EndIntroduction& to, const pb::EndIntroduction& from) { return get(to.intro, from.intro()); }
bool get(wire::Ping&, const pb::Ping&) { return true; }
bool get(wire::Pong&, const pb::Pong&) { return true; }

bool get(wire::ServerHello& to, const pb::ServerHello& from) {
  return get(to.identity.bytes, from.identity()) && get(to.signature, from.signature());
}
bool get(wire::Connected& to, const pb::Connected& from) { return get(to.services, from.services()); }
bool get(wire::Registered& to, const pb::Registered& from) {
  return get(to.id, from.id()) && get(to.services, from.services());
}
bool get(wire::Rejected& to, const pb::Rejected& from) {
  if (from.why() < 1 || from.why() > 3) return false;
  to.why = static_cast<wire::Rejected::Why>(from.why());
  return true;
}
bool get(wire::Introduction& to, const pb::Introduction& from) {
  to.again = from.again();
  return get(to.intro, from.intro()) && get(to.caller.bytes, from.caller()) &&
         get(to.services, from.services());
}
bool get(wire::Introduced& to, const pb::Introduced& from) {
  to.question = from.question();
  to.authorised = from.authorised();
  return get(to.intro, from.intro()) && get(to.host.bytes, from.host()) && get(to.services, from.services());
}
bool get(wire::NotFound& to, const pb::NotFound& from) {
  to.question = from.question();
  return true;
}
bool get(wire::Busy& to, const pb::Busy& from) {
  to.question = from.question();
  to.wait = std::chrono::milliseconds(from.wait_ms());
  return to.wait <= kMaxWait;
}
bool get(wire::Refreshed& to, const pb::Refreshed& from) {
  to.met = from.met();
  return get(to.intro, from.intro()) && get(to.services, from.services());
}
bool get(wire::RefreshRefused& to, const pb::RefreshRefused& from) { return get(to.intro, from.intro()); }

template <class Message, class Value, class Body>
Result<Message, DecodeError> as(const Body& body) {
  Value value;
  if (!get(value, body)) return Failure{DecodeError::bad_field};
  return Message(std::move(value));
}

template <class Proto>
std::optional<DecodeError> parse(Proto& proto, ByteView bytes) {
  if (bytes.size() > kMaxMessage) return DecodeError::too_long;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return DecodeError::not_a_proto;
  return std::nullopt;
}

}  // namespace

Buffer encode(const ClientMessage& message) { return serialized<pb::ClientMessage>(message); }
Buffer encode(const ServerMessage& message) { return serialized<pb::ServerMessage>(message); }

Result<ClientMessage, DecodeError> decode_client_message(ByteView bytes) {
  using M = ClientMessage;
  pb::ClientMessage proto;
  if (const auto error = parse(proto, bytes)) return Failure{*error};
  switch (proto.body_case()) {
    case pb::ClientMessage::kHello:
      return as<M, wire::Hello>(proto.hello());
    case pb::ClientMessage::kRegister:
      return as<M, wire::Register>(proto.register_());
    case pb::ClientMessage::kFind:
      return as<M, wire::Find>(proto.find());
    case pb::ClientMessage::kRefresh:
      return as<M, wire::Refresh>(proto.refresh());
    case pb::ClientMessage::kSignal:
      return as<M, wire::Signal>(proto.signal());
    case pb::ClientMessage::kEndIntroduction:
      return as<M, wire::EndIntroduction>(proto.end_introduction());
    case pb::ClientMessage::kPing:
      return as<M, wire::Ping>(proto.ping());
    case pb::ClientMessage::kPong:
      return as<M, wire::Pong>(proto.pong());
    case pb::ClientMessage::BODY_NOT_SET:
      break;
  }
  return Failure{DecodeError::unknown_kind};
}

Result<ServerMessage, DecodeError> decode_server_message(ByteView bytes) {
  using M = ServerMessage;
  pb::ServerMessage proto;
  if (const auto error = parse(proto, bytes)) return Failure{*error};
  switch (proto.body_case()) {
    case pb::ServerMessage::kServerHello:
      return as<M, wire::ServerHello>(proto.server_hello());
    case pb::ServerMessage::kConnected:
      return as<M, wire::Connected>(proto.connected());
    case pb::ServerMessage::kRegistered:
      return as<M, wire::Registered>(proto.registered());
    case pb::ServerMessage::kRejected:
      return as<M, wire::Rejected>(proto.rejected());
    case pb::ServerMessage::kIntroduction:
      return as<M, wire::Introduction>(proto.introduction());
    case pb::ServerMessage::kIntroduced:
      return as<M, wire::Introduced>(proto.introduced());
    case pb::ServerMessage::kNotFound:
      return as<M, wire::NotFound>(proto.not_found());
    case pb::ServerMessage::kBusy:
      return as<M, wire::Busy>(proto.busy());
    case pb::ServerMessage::kRefreshed:
      return as<M, wire::Refreshed>(proto.refreshed());
    case pb::ServerMessage::kRefreshRefused:
      return as<M, wire::RefreshRefused>(proto.refresh_refused());
    case pb::ServerMessage::kSignal:
      return as<M, wire::Signal>(proto.signal());
    case pb::ServerMessage::kEndIntroduction:
      return as<M, wire::EndIntroduction>(proto.end_introduction());
    case pb::ServerMessage::kPing:
      return as<M, wire::Ping>(proto.ping());
    case pb::ServerMessage::kPong:
      return as<M, wire::Pong>(proto.pong());
    case pb::ServerMessage::BODY_NOT_SET:
      break;
  }
  return Failure{DecodeError::unknown_kind};
}

}  // namespace godesk::rendezvous
