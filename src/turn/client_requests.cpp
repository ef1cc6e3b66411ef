#include "turn/client_requests.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::turn {
namespace {

using stun::Attr;
using stun::Class;
using stun::Method;

constexpr int kMaxChallenges = 3;
constexpr std::size_t kLongestUnverifiedAnswer = 100;

void write_body(stun::Builder& b, const Request& request) {
  switch (request.method) {
    case Method::allocate:
      b.u8(Attr::requested_transport, stun::kTransportUdp).lifetime(request.lifetime);
      if (request.both_families) b.family(Attr::additional_address_family, Family::v6);
      break;
    case Method::refresh:
      b.lifetime(request.lifetime);
      break;
    case Method::channel_bind:
      b.channel_number(request.channel).peer(request.peer);
      break;
    default:
      b.peer(request.peer);
  }
}

}  // namespace

Requests::Requests(Config config, Random& random)
    : config_(std::move(config)), random_(random), realm_(config_.realm), nonce_(config_.nonce) {
  key_ = stun::long_term_key(config_.username, realm_, config_.password);
}

void Requests::ask(Time now, Request request) { send(now, std::move(request), 0); }

void Requests::send(Time now, Request request, int challenges) {
  if (pending_.size() >= config_.max_pending) return;
  const auto id = random_.bytes<12>();
  Pending p;
  p.bytes = write(request, id);
  p.request = std::move(request);
  auto schedule = config_.retransmit;
  if (config_.on_stream) schedule = {.rto = 39500ms, .sends = 1, .last_wait = 1};
  p.retransmit = stun::Retransmit(schedule, now);
  p.challenges = challenges;
  p.nonce = nonce_;
  if (p.retransmit.due(now)) out_.push_back(p.bytes);
  pending_.insert_or_assign(id, std::move(p));
}

Buffer Requests::write(const Request& request, const stun::TransactionId& id) const {
  stun::Builder b(Class::request, request.method, id);
  write_body(b, request);
  if (has_credentials()) {
    b.text(Attr::username, config_.username).text(Attr::realm, realm_).text(Attr::nonce, nonce_);
    b.integrity_sha1(key_);
  } else if (b.size() + 12 < kLongestUnverifiedAnswer) {
    // The first answer proves nothing about us yet: it must not be longer than what we sent.
    b.bytes(Attr::filler, Buffer(kLongestUnverifiedAnswer - 12 - b.size()));
  }
  return b.finish_with_fingerprint();
}

bool Requests::answers(const stun::Message& message) const {
  if (message.cls() == Class::success) return message.verify(key_);
  if (message.cls() != Class::error || !message.error()) return false;
  // Servers answer 400, 401 and 438 without integrity because they may not share a key with us.
  return !message.has_integrity() || message.verify(key_);
}

bool Requests::challenged(Time now, const Pending& pending, const stun::Message& message) {
  const int code = message.error() ? message.error()->code : 0;
  auto realm = message.realm(), nonce = message.nonce();
  if (code != stun::code::kUnauthenticated && code != stun::code::kStaleNonce) return false;
  if (!nonce || nonce->empty() || pending.challenges >= kMaxChallenges) return false;
  const bool new_realm = realm && *realm != realm_;
  // A second 401 in the same realm means that the password is wrong.
  if (code == stun::code::kUnauthenticated && !pending.nonce.empty() && !new_realm) return false;
  if (new_realm) realm_ = std::string(*realm);
  nonce_ = std::string(*nonce);
  key_ = stun::long_term_key(config_.username, realm_, config_.password);
  send(now, pending.request, pending.challenges + 1);
  return true;
}

std::optional<Outcome> Requests::on_message(Time now, const stun::Message& message,
                                            std::uint64_t& unmatched) {
  auto it = pending_.find(message.transaction());
  if (it == pending_.end() || it->second.request.method != message.method() || !answers(message)) {
    ++unmatched;
    return std::nullopt;
  }
  const Pending pending = std::move(it->second);
  pending_.erase(it);
  if (message.cls() == Class::error && challenged(now, pending, message)) return std::nullopt;
  return outcome_of(now, pending, message);
}

Outcome Requests::outcome_of(Time now, const Pending& pending, const stun::Message& message) const {
  Outcome o;
  o.request = pending.request;
  o.kind = message.cls() == Class::success ? Outcome::Kind::success : Outcome::Kind::error;
  if (auto error = message.error(); error && o.kind == Outcome::Kind::error) o.code = error->code;
  o.lifetime = message.lifetime().value_or(pending.request.lifetime);
  o.relayed = message.relayed();
  o.mapped = message.mapped();
  o.rtt = now - pending.retransmit.last_sent();
  return o;
}

std::vector<Outcome> Requests::on_timer(Time now) {
  std::vector<Outcome> given_up;
  for (auto it = pending_.begin(); it != pending_.end();) {
    Pending& p = it->second;
    if (p.retransmit.expired(now)) {
      Outcome o;
      o.request = std::move(p.request);
      given_up.push_back(std::move(o));
      it = pending_.erase(it);
      continue;
    }
    if (p.retransmit.due(now)) out_.push_back(p.bytes);
    ++it;
  }
  return given_up;
}

std::optional<Buffer> Requests::next_bytes() { return pop(out_); }

Time Requests::next_deadline() const {
  Time next = kNever;
  for (auto& [id, p] : pending_) next = std::min(next, p.retransmit.next_deadline());
  return next;
}

void Requests::clear() {
  pending_.clear();
  out_.clear();
}

}  // namespace godesk::turn
