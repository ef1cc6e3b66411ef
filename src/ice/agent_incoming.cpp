// The agent's other half: what the peer's checks and answers change (RFC 8445 7.2.5 and 7.3).
#include <algorithm>

#include "ice/agent.h"

namespace godesk::ice {
namespace {

constexpr Duration kSentLife = 10s;       // an answer that comes later says nothing of the path any more
constexpr Duration kTriggerPause = 20ms;  // between two checks that the peer's checks cause on one pair

}  // namespace

Verdict Agent::drop(DropReason reason) {
  ++drops_[static_cast<std::size_t>(reason)];
  return Verdict::dropped;
}

Verdict Agent::on_datagram(Time now, LegId leg, const Endpoint& from, ByteView bytes) {
  auto message = stun::Message::parse(bytes);
  if (!message || message->method() != stun::Method::binding) return Verdict::not_mine;
  switch (message->cls()) {
    case stun::Class::request:
      return on_request(now, leg, from, *message);
    case stun::Class::success:
    case stun::Class::error:
      return on_answer(now, leg, from, *message);
    case stun::Class::indication:
      break;
  }
  return Verdict::not_mine;
}

// ---- the peer's checks

Verdict Agent::on_request(Time now, LegId leg, const Endpoint& from, const stun::Message& message) {
  auto names = username(message);
  if (!names) return Verdict::not_mine;
  bool to_current = names->receiver == local_.ufrag;
  bool to_old = old_remote_ && names->receiver == old_local_.ufrag;
  if (!to_current && !to_old) return Verdict::not_mine;
  if (!legs_.contains(leg)) return drop(DropReason::unknown_leg);
  bool current = to_current && (!remote_ || names->sender == remote_->ufrag);
  bool old = to_old && names->sender == old_remote_->ufrag;
  if (!current && !old) return drop(DropReason::bad_username);
  const Credentials& local = current ? local_ : old_local_;
  auto request = read_request(message, local.pwd);
  if (!request) return drop(request.reason());
  if (!resolve_roles(leg, from, *request, local.pwd)) return Verdict::handled;
  send(leg, from, write_success(request->transaction, from, local.pwd));
  accept_request(now, leg, from, *request, current);
  return Verdict::handled;
}

bool Agent::authentic(ByteView bytes) const {
  auto message = stun::Message::parse(bytes);
  if (!message || !message->is(stun::Class::request, stun::Method::binding) || !remote_) return false;
  auto names = username(*message);
  return names && names->receiver == local_.ufrag && names->sender == remote_->ufrag &&
         read_request(*message, local_.pwd).ok();
}

/// RFC 8445 7.3.1.1. False: the peer is told to change, and its request counts for nothing.
bool Agent::resolve_roles(LegId leg, const Endpoint& from, const CheckRequest& request,
                          std::string_view pwd) {
  if (request.controlling != controlling_) return true;
  bool ours_larger = tie_breaker_ >= request.tie_breaker;
  if (ours_larger == controlling_) {
    send(leg, from, write_role_conflict(request.transaction, pwd));
    return false;
  }
  set_role(!controlling_);
  return true;
}

void Agent::set_role(bool controlling) {
  controlling_ = controlling;
  nomination_ = 0;
  for (Pair& pair : checks_.all()) pair.nominating.reset();
  for (const Remote& remote : remotes_.all()) refresh_pairs(remote);
  events_.push_back(RoleChanged{controlling});
}

void Agent::accept_request(Time now, LegId leg, const Endpoint& from, const CheckRequest& request,
                           bool current) {
  if (request.epoch && *request.epoch > peer_epoch_) {
    peer_epoch_ = *request.epoch;
    events_.push_back(PeerEpoch{peer_epoch_});
  }
  Pair* pair = checks_.find(leg, from, current ? generation_ : generation_ - 1);
  if (current) {
    Candidate seen = make_candidate(CandidateType::peer_reflexive, from, from);
    seen.priority = request.priority;
    auto remote = remotes_.add(seen, config_, config_.limits);
    if (!remote) return;
    ++(*remote)->requests;
    pair = make_pair(now, leg, **remote);
  }
  if (!pair) return;
  pair->authentic = true;
  pair->info.last_received = now;
  if (!controlling_ && request.use_candidate) wish(from, *pair, request.nomination);
  if (current && remote_) trigger(now, *pair);
}

/// RFC 8445 7.3.1.4: the peer reaches us, so now is the time to reach it.
void Agent::trigger(Time now, Pair& pair) {
  const bool rests = pair.resting && pair.info.state == PairState::lost && !pair.wished;
  if (pair.info.state == PairState::valid || rests) return;
  if (pair.info.state == PairState::failed) start_plan(now, pair);
  pair.next_check = std::max(now, pair.info.last_sent + kTriggerPause);
  pair.urgent = true;
}

/// Controlled: the peer names the pair to use.
void Agent::wish(const Endpoint& from, Pair& pair, std::optional<std::uint32_t> nomination) {
  if (nomination) {
    if (*nomination < nomination_) return;  // overtaken by a later one
    nomination_ = *nomination;
  }
  Pair* meant = &pair;
  if (pair.info.state != PairState::valid)  // what comes from there may be answers to a check sent elsewhere
    for (Pair& other : checks_.all())
      if (other.info.leg == pair.info.leg && other.answers_from == from &&
          other.info.state == PairState::valid)
        meant = &other;
  // Without a number it is plain ICE, where the best of the nominated pairs counts.
  const Pair* selected = selected_ ? checks_.find(*selected_) : nullptr;
  if (!nomination && selected && selected->info.priority > meant->info.priority) return;
  for (Pair& other : checks_.all()) other.wished = false;
  if (meant->info.state == PairState::valid) return select(*meant);
  meant->wished = true;
}

void Agent::select(Pair& pair) {
  pair.wished = false;
  if (selected_ == pair.info.id) return;
  if (Pair* before = selected_ ? checks_.find(*selected_) : nullptr) before->info.nominated = false;
  selected_ = pair.info.id;
  pair.info.nominated = true;
  events_.push_back(Nominated{pair.info.id});
  if (pair.generation == generation_) forget_old_generation();
}

// ---- the peer's answers

Verdict Agent::on_answer(Time now, LegId leg, const Endpoint& from, const stun::Message& message) {
  auto found = std::find_if(sent_.begin(), sent_.end(),
                            [&](const Sent& s) { return s.transaction == message.transaction(); });
  if (found == sent_.end()) return Verdict::not_mine;
  if (!message.verify(bytes_of(found->remote_pwd))) return drop(DropReason::bad_integrity);
  Sent sent = std::move(*found);
  sent_.erase(found);
  Pair* pair = checks_.find(sent.pair);
  if (!pair || pair->info.leg != leg || now - sent.at > kSentLife) return Verdict::handled;
  if (message.cls() == stun::Class::success) {
    succeeded(now, *pair, sent, from, message.mapped());
  } else if (auto error = message.error(); error && error->code == stun::code::kRoleConflict) {
    if (controlling_ == sent.controlling) {
      tie_breaker_ = random_->u64();
      set_role(!controlling_);
    }
    trigger(now, *pair);
  }
  return Verdict::handled;
}

void Agent::succeeded(Time now, Pair& pair, const Sent& sent, const Endpoint& from,
                      std::optional<Endpoint> mapped) {
  Duration rtt = now - sent.at;
  bool news = pair.info.state != PairState::valid;
  if (news) pair.loss = {};
  if (!sent.padded) pair.rtt.add(rtt);
  if (!sent.padded && !sent.judged) pair.loss.add(false);
  pair.info.state = PairState::valid;
  pair.was_valid = true;
  pair.info.mapped = mapped;
  pair.info.last_received = pair.info.last_answer = now;
  pair.info.consent_until = now + config_.consent_expiry;
  pair.answers_from.reset();
  if (from == pair.info.remote)
    pair.authentic = true;
  else
    pair.answers_from = from;
  if (Remote* remote = remotes_.find(pair.info.remote)) remotes_.answered(*remote, config_.limits);
  if (news) {
    note("valid", pair);
    events_.push_back(PairValid{pair.info.id, rtt});
    schedule_after_send(now, pair, config_, random_->below(1024) / 1024.0);
  } else if (!sent.padded) {
    events_.push_back(PairAnswered{pair.info.id, rtt});
  }
  if (sent.padded) events_.push_back(ProbeAnswered{pair.info.id, sent.padded});
  bool told = pair.nominating && sent.nomination == pair.nominating;
  if (told) pair.nominating.reset();
  if (told || pair.wished) select(pair);
}

}  // namespace godesk::ice
