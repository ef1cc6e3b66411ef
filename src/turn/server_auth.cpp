// Who is asking: long-term credentials (RFC 8489 9.2) and what strangers are told.
#include <algorithm>

#include "turn/server.h"

namespace godesk::turn {

using stun::Attr;
using stun::Class;
using stun::Method;
namespace code = stun::code;

namespace {

bool served(Method method) {
  return method == Method::allocate || method == Method::refresh || method == Method::create_permission ||
         method == Method::channel_bind;
}

}  // namespace

WallTime Server::wall(Time now) const {
  return config_.wall + std::chrono::duration_cast<std::chrono::seconds>(now - config_.wall_at);
}

void Server::on_request(Time now, const ClientLeg& leg, const stun::Message& message) {
  if (!served(message.method())) {
    ++drops_.unexpected;
    return;
  }
  if (auto refusal = judge_challenge(now, leg, message))
    return refuse_unverified(now, leg, message, *refusal);
  if (Allocation* a = allocation_of(leg)) return on_owned_request(now, *a, message);
  on_strange_request(now, leg, message);
}

/// What can be said before any key is looked up.
std::optional<Server::Refusal> Server::judge_challenge(Time now, const ClientLeg& leg,
                                                       const stun::Message& message) const {
  if (!message.has_integrity()) return Refusal{code::kUnauthenticated, true};
  auto username = message.username(), realm = message.realm(), nonce = message.nonce();
  if (!username || !realm || !nonce) return Refusal{code::kBadRequest, false};
  if (!nonces_.valid(now, leg.remote.ip, *nonce)) return Refusal{code::kStaleNonce, true};
  if (*realm != config_.realm) return Refusal{code::kUnauthenticated, true};
  return std::nullopt;
}

void Server::on_owned_request(Time now, Allocation& a, const stun::Message& message) {
  if (*message.username() != a.username)
    return refuse_unverified(now, a.client, message, {code::kWrongCredentials, false});
  if (!message.verify(a.grant.key))
    return refuse_unverified(now, a.client, message, {code::kUnauthenticated, true});
  if (!message.unknown_required().empty())
    return refuse(now, a.client, message, a.grant.key, code::kUnknownAttribute);
  switch (message.method()) {
    case Method::refresh:
      return on_refresh(now, a, message);
    case Method::create_permission:
      return on_create_permission(now, a, message);
    case Method::channel_bind:
      return on_channel_bind(now, a, message);
    default:
      break;
  }
  if (message.transaction() != a.request.transaction)
    return refuse(now, a.client, message, a.grant.key, code::kAllocationMismatch);
  if (a.ready) answer_allocate(now, a);  // our answer was lost
}

void Server::on_strange_request(Time now, const ClientLeg& leg, const stun::Message& message) {
  auto grant = credentials_.find(*message.username(), config_.realm);
  if (!grant || !message.verify(grant->key))
    return refuse_unverified(now, leg, message, {code::kUnauthenticated, true});
  if (message.method() != Method::allocate)
    return refuse(now, leg, message, grant->key, code::kAllocationMismatch);
  if (grant->expiry && wall(now) >= *grant->expiry)
    return refuse(now, leg, message, grant->key, code::kUnauthenticated);
  if (!message.unknown_required().empty() || message.dont_fragment())
    return refuse(now, leg, message, grant->key, code::kUnknownAttribute);
  on_allocate(now, leg, message, std::move(*grant));
}

/// Over UDP the source may be forged: short, rare, and a stale nonce never answered with more than came.
void Server::refuse_unverified(Time now, const ClientLeg& leg, const stun::Message& message,
                               Refusal refusal) {
  if (!leg.stream && !limiter_.admit(now, leg.remote.ip)) {
    ++drops_.rate_limited;
    return;
  }
  stun::Builder b(Class::error, message.method(), message.transaction());
  b.error(refusal.code, "");
  if (refusal.challenge)
    b.text(Attr::realm, config_.realm).text(Attr::nonce, nonces_.issue(now, leg.remote.ip));
  Buffer bytes = b.finish_with_fingerprint();
  const std::size_t most =
      refusal.code == code::kStaleNonce ? message.bytes().size() : stun::kMaxUnverifiedAnswer;
  if (!leg.stream && bytes.size() > std::min(most, stun::kMaxUnverifiedAnswer)) {
    ++drops_.too_long_answer;
    return;
  }
  reply(now, leg, std::move(bytes));
}

void Server::refuse(Time now, const ClientLeg& leg, const stun::Message& message, ByteView key, int error) {
  stun::Builder b(Class::error, message.method(), message.transaction());
  b.error(error, "");
  if (error == code::kUnknownAttribute) {
    auto unknown = message.unknown_required();
    if (message.dont_fragment()) unknown.push_back(Attr::dont_fragment);
    b.unknown_attributes(unknown);
  }
  answer(now, leg, std::move(b), key, message.has(Attr::message_integrity_sha256));
}

void Server::answer(Time now, const ClientLeg& leg, stun::Builder builder, ByteView key, bool sha256) {
  if (sha256) {
    builder.integrity_sha256(key);
  } else {
    builder.integrity_sha1(key);
  }
  reply(now, leg, builder.finish_with_fingerprint());
}

void Server::reply(Time now, const ClientLeg& leg, Buffer bytes) {
  if (!leg.stream) {
    transmits_.push_back(Datagram{SocketId{leg.id}, leg.remote, std::move(bytes)});
    return;
  }
  auto stream = streams_.find(StreamId{leg.id});
  if (stream == streams_.end()) return;
  stream->second.gate.handed(now, bytes.size());
  transmits_.push_back(StreamBytes{StreamId{leg.id}, std::move(bytes)});
}

}  // namespace godesk::turn
