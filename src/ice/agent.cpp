#include "ice/agent.h"

#include <algorithm>
#include <utility>

namespace godesk::ice {
namespace {

constexpr std::size_t kMaxTransmits = 256;
constexpr std::size_t kMaxSent = 512;
constexpr Duration kPaceFloor = 5ms;

std::string ice_chars(Random& random, std::size_t n) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Buffer bytes(n);
  random.fill(bytes);
  std::string text;
  for (std::uint8_t byte : bytes) text += kAlphabet[byte % kAlphabet.size()];
  return text;
}

Credentials make_credentials(Random& random) { return {ice_chars(random, 8), ice_chars(random, 24)}; }

Config with_floor(Config config) {
  config.pace = std::max(config.pace, kPaceFloor);
  return config;
}

bool from_relay_to_relay(const Pair& pair) {
  return pair.info.local_type == CandidateType::relay && pair.info.remote_type == CandidateType::relay;
}

/// From an allocation to another one at the same relay: no bystander can be reached, and the common budget
/// for strays is none of its business.
bool stays_at_the_relay(const Pair& pair) {
  return pair.info.local_type == CandidateType::relay && pair.info.local.ip == pair.info.remote.ip;
}

PairInfo with_estimates(const Pair& pair) {
  PairInfo info = pair.info;
  info.rtt = pair.rtt.smoothed();
  info.rtt_variation = pair.rtt.variation();
  info.loss = pair.loss.proven();
  return info;
}

}  // namespace

Agent::Agent(Config config, Random& random, LogSink& log)
    : config_(with_floor(std::move(config))),
      random_(&random),
      log_(&log),
      controlling_(config_.controlling),
      tie_breaker_(random.u64()),
      local_(make_credentials(random)),
      checks_(config_.pace) {}

// ---- credentials

bool Agent::set_remote_credentials(Time now, const Credentials& remote) {
  bool sound = is_ice_chars(remote.ufrag, 256) && remote.ufrag.size() >= 4 && is_ice_chars(remote.pwd, 256) &&
               remote.pwd.size() >= 22;
  if (!sound) return false;
  if (remote_ && remote_->ufrag != remote.ufrag) {
    forget_old_generation();
    old_local_ = local_;
    old_remote_ = remote_;
    ++generation_;
    remotes_.clear();
    checks_.remove_if([](const Pair& p) { return p.info.state != PairState::valid; });
  }
  remote_ = remote;
  for (Pair& pair : checks_.all())
    if (pair.generation == generation_ && pair.info.state == PairState::waiting) start_plan(now, pair);
  return true;
}

void Agent::restart(Time) {
  forget_old_generation();
  old_local_ = local_;
  old_remote_ = remote_;
  local_ = make_credentials(*random_);
  remote_.reset();
  ++generation_;
  remotes_.clear();
  checks_.remove_if([](const Pair& p) { return p.info.state != PairState::valid; });
}

void Agent::forget_old_generation() {
  old_local_ = {};
  old_remote_.reset();
  checks_.remove_if([&](const Pair& p) { return p.generation != generation_; });
  if (selected_ && !checks_.find(*selected_)) selected_.reset();
}

// ---- candidates

bool Agent::add_local(Time now, LegId leg, const Candidate& candidate) {
  if (config_.relay_only && candidate.type != CandidateType::relay) return false;
  auto same = [&](const Candidate& c) { return c.address == candidate.address && c.type == candidate.type; };
  if (std::none_of(local_candidates_.begin(), local_candidates_.end(), same))
    local_candidates_.push_back(candidate);
  if (candidate.type != CandidateType::host && candidate.type != CandidateType::relay) return true;
  auto& bases = legs_[leg].bases;
  if (std::any_of(bases.begin(), bases.end(), same)) return true;
  bases.push_back(candidate);
  for (const Remote& remote : remotes_.all()) make_pair(now, leg, remote);
  return true;
}

void Agent::add_punched_leg(LegId leg, const Candidate& base) { legs_[leg] = {{base}, true}; }

void Agent::remove_leg(Time, LegId leg) {
  auto found = legs_.find(leg);
  if (found == legs_.end()) return;
  for (const Candidate& base : found->second.bases)
    std::erase_if(local_candidates_, [&](const Candidate& c) {
      return c.address == base.address || (c.related && *c.related == base.address);
    });
  legs_.erase(found);
  checks_.remove_if([&](const Pair& p) { return p.info.leg == leg; });
  std::erase_if(transmits_, [&](const Transmit& t) { return t.leg == leg; });
  if (selected_ && !checks_.find(*selected_)) selected_.reset();
}

std::optional<RemoteRefusal> Agent::add_remote(Time now, const Candidate& candidate) {
  auto added = remotes_.add(candidate, config_, config_.limits);
  if (!added) return added.reason();
  refresh_pairs(**added);
  pair_up(now, **added);
  return std::nullopt;
}

void Agent::keep_remotes(const std::vector<Endpoint>& named) {
  auto stays = [&](const Remote& r) {
    const Endpoint& at = r.candidate.address;
    bool valid = std::any_of(checks_.all().begin(), checks_.all().end(), [&](const Pair& p) {
      return p.info.remote == at && p.info.state == PairState::valid;
    });
    return valid || (r.unanswered > 0 && !r.answered) || r.candidate.type == CandidateType::peer_reflexive ||
           std::find(named.begin(), named.end(), at) != named.end();
  };
  std::vector<Endpoint> gone;
  for (const Remote& r : remotes_.all())
    if (!stays(r)) gone.push_back(r.candidate.address);
  for (const Endpoint& at : gone) {
    remotes_.remove(at);
    checks_.remove_if([&](const Pair& p) { return p.info.remote == at && p.generation == generation_; });
  }
  if (selected_ && !checks_.find(*selected_)) selected_.reset();
}

void Agent::set_limits(Time now, const Limits& limits) {
  config_.limits = limits;
  for (const Remote& remote : remotes_.all()) pair_up(now, remote);
  for (Pair& pair : checks_.all())
    if (pair.info.state == PairState::failed && pair.next_check == kNever && remote_) start_plan(now, pair);
}

/// The leg's address of this family; a socket on loopback reaches loopback and nothing else.
const Candidate* Agent::base_of(LegId leg, const Endpoint& remote) const {
  auto found = legs_.find(leg);
  if (found == legs_.end()) return nullptr;
  const Candidate* best = nullptr;
  for (const Candidate& base : found->second.bases) {
    if (base.address.family() != remote.family() || base.address == remote) continue;
    bool relay = base.type == CandidateType::relay;
    if (!relay && base.address.ip.is_loopback() != remote.ip.is_loopback()) continue;
    if (!best || base.priority > best->priority) best = &base;
  }
  return best;
}

void Agent::pair_up(Time now, const Remote& remote) {
  for (const auto& [id, leg] : legs_)
    if (!leg.punched) make_pair(now, id, remote);
}

Pair* Agent::make_pair(Time now, LegId leg, const Remote& remote) {
  const Endpoint& to = remote.candidate.address;
  if (Pair* known = checks_.find(leg, to, generation_)) return known;
  const Candidate* base = base_of(leg, to);
  if (!base) return nullptr;
  if (checks_.all().size() >= config_.limits.max_pairs) {
    PairId worst{};
    std::uint64_t lowest = 0;
    for (const Pair& p : checks_.all())
      if (p.info.state == PairState::failed && (worst == PairId{} || p.info.priority < lowest))
        worst = p.info.id, lowest = p.info.priority;
    if (worst == PairId{}) return nullptr;
    checks_.remove_if([&](const Pair& p) { return p.info.id == worst; });
  }
  Pair pair;
  pair.generation = generation_;
  pair.info.leg = leg;
  pair.info.local = base->address;
  pair.info.local_type = base->type;
  pair.info.remote = to;
  Pair& added = checks_.add(std::move(pair));
  if (remote_) start_plan(now, added);
  refresh_pairs(remote);
  return &added;
}

/// What a better-known remote candidate, or a changed role, changes in its pairs.
void Agent::refresh_pairs(const Remote& remote) {
  for (Pair& pair : checks_.all()) {
    if (pair.info.remote != remote.candidate.address || pair.generation != generation_) continue;
    pair.info.remote_type = remote.candidate.type;
    const Candidate* base = base_of(pair.info.leg, pair.info.remote);
    std::uint32_t ours = base ? base->priority : 1, theirs = remote.candidate.priority;
    pair.info.priority = controlling_ ? pair_priority(ours, theirs) : pair_priority(theirs, ours);
  }
}

void Agent::note(std::string_view what, const Pair& pair) {
  if (!log_->wants(LogLevel::debug)) return;
  log_->write(LogLevel::debug, "ice: " + std::string(what) + " " + std::string(name(pair.info.local_type)) +
                                   " " + pair.info.local.to_string() + " > " +
                                   std::string(name(pair.info.remote_type)) + " " +
                                   pair.info.remote.to_string());
}

// ---- time

void Agent::on_timer(Time now) {
  judge_unanswered(now);
  expire_consent(now);
  run_due(now);
}

Time Agent::next_deadline() const {
  Time first = checks_.next_deadline();
  for (const Pair& pair : checks_.all())
    if (pair.info.state == PairState::valid) first = std::min(first, pair.info.consent_until);
  return first;
}

void Agent::expire_consent(Time now) {
  for (Pair& pair : checks_.all())
    if (pair.info.state == PairState::valid && now >= pair.info.consent_until) {
      become_lost(now, pair);
      if (!pair.resting) events_.push_back(ConsentLost{pair.info.id});
    }
}

void Agent::become_lost(Time now, Pair& pair) {
  note("lost", pair);
  pair.info.state = PairState::lost;
  pair.info.nominated = false;
  pair.nominating.reset();
  pair.wished = false;
  pair.next_check =
      std::max(now, pair.info.last_sent + (pair.resting ? config_.rest_interval : config_.lost_retry));
  if (!pair.resting)
    for (Pair& other : checks_.all())
      if (other.resting) other.next_check = now;
  if (selected_ == pair.info.id) selected_.reset();
}

void Agent::run_due(Time now) {
  while (Pair* pair = checks_.next_due(now)) {
    const Duration wait = stray_wait(now, *pair);
    if (plan_over(now, *pair)) {
      fail(now, *pair);
    } else if (wait > 0s) {
      // Who waits for a direct path has another one, or will have it sooner by a relay.
      pair->next_check = now + wait + (from_relay_to_relay(*pair) ? 0ms : 1ms);
    } else if (send_check(now, *pair)) {
      schedule_after_send(now, *pair, config_, random_->below(1024) / 1024.0);
      checks_.count_paced(now);
    } else {
      fail(now, *pair);
      pair->next_check = kNever;  // its limits are spent, or nobody to speak to
    }
  }
}

Duration Agent::stray_wait(Time now, const Pair& pair) const {
  const Remote* remote = pair.generation == generation_ ? remotes_.find(pair.info.remote) : nullptr;
  if (!remote || stays_at_the_relay(pair) || !Remotes::may_check(*remote, config_.limits)) return 0s;
  return remotes_.stray_wait(now, *remote, config_.limits);
}

void Agent::fail(Time now, Pair& pair) {
  bool news = pair.info.state != PairState::failed && !pair.was_valid;
  pair.info.state = pair.was_valid ? PairState::lost : PairState::failed;
  pair.urgent = false;
  pair.next_check = retry_time(now, pair, config_);
  if (news) events_.push_back(PairFailed{pair.info.id});
}

/// To the peer of now, under the credentials of now.
OutgoingCheck Agent::outgoing(const stun::TransactionId& transaction, const IpAddress& from) const {
  OutgoingCheck check;
  check.transaction = transaction;
  check.local = &local_;
  check.remote = remote_ ? &*remote_ : nullptr;
  check.priority = priority(CandidateType::peer_reflexive, local_preference(from));
  check.controlling = controlling_;
  check.tie_breaker = tie_breaker_;
  check.epoch = epoch_;
  return check;
}

Buffer Agent::guess() {
  if (!remote_) return {};
  return write_check(outgoing(random_->bytes<12>(), IpAddress::any(Family::v4)));
}

void Agent::judge_unanswered(Time now) {
  for (Sent& sent : sent_) {
    if (sent.at + config_.answer_timeout > now) return;
    Pair* pair = std::exchange(sent.judged, true) || sent.padded ? nullptr : checks_.find(sent.pair);
    if (pair && pair->info.state == PairState::valid) pair->loss.add(true);
  }
}

bool Agent::send_check(Time now, Pair& pair, std::size_t padded) {
  bool current = pair.generation == generation_;
  const auto& remote = current ? remote_ : old_remote_;
  if (!remote) return false;
  Remote* budget = current ? remotes_.find(pair.info.remote) : nullptr;
  if (current && (!budget || !Remotes::may_check(*budget, config_.limits))) return false;
  const bool stray = !stays_at_the_relay(pair);
  if (budget && stray && remotes_.stray_wait(now, *budget, config_.limits) > 0s) return false;
  if (budget) remotes_.checked(now, *budget, config_.limits, stray);

  Sent sent;
  random_->fill(sent.transaction);
  sent.pair = pair.info.id;
  sent.at = now;
  sent.remote_pwd = remote->pwd;
  sent.controlling = controlling_;
  if (controlling_ && !padded) sent.nomination = pair.nominating;
  sent.padded = padded;
  OutgoingCheck check = outgoing(sent.transaction, pair.info.local.ip);
  check.local = current ? &local_ : &old_local_;
  check.remote = &*remote;
  check.nomination = sent.nomination;
  check.bytes = padded;
  send(pair.info.leg, pair.info.remote, write_check(check));
  pair.info.last_sent = now;
  if (sent_.size() >= kMaxSent) sent_.pop_front();
  sent_.push_back(std::move(sent));
  return true;
}

void Agent::send(LegId leg, const Endpoint& to, Buffer bytes) {
  if (transmits_.size() >= kMaxTransmits) {
    drop(DropReason::queue_full);
    return;
  }
  transmits_.push_back({leg, to, std::move(bytes)});
}

std::optional<Transmit> Agent::next_transmit() { return pop(transmits_); }
std::optional<Event> Agent::next_event() { return pop(events_); }

// ---- pairs

void Agent::on_received(Time now, LegId leg, const Endpoint& from) {
  for (Pair& pair : checks_.all())
    if (pair.info.leg == leg && (pair.info.remote == from || pair.answers_from == from))
      pair.info.last_received = now;
}

void Agent::on_sent(Time now, PairId id) {
  if (Pair* pair = checks_.find(id)) pair->info.last_sent = now;
}

bool Agent::knows(LegId leg, const Endpoint& from) const {
  return std::any_of(checks_.all().begin(), checks_.all().end(), [&](const Pair& p) {
    return p.info.leg == leg && ((p.info.remote == from && p.authentic) || p.answers_from == from);
  });
}

bool Agent::ping(Time now, PairId id) {
  Pair* pair = checks_.find(id);
  if (!pair || !send_check(now, *pair)) return false;
  if (pair->info.state == PairState::valid || pair->info.state == PairState::lost)
    schedule_after_send(now, *pair, config_, random_->below(1024) / 1024.0);
  return true;
}

bool Agent::probe(Time now, PairId id, std::size_t bytes) {
  Pair* pair = checks_.find(id);
  return pair && pair->info.state == PairState::valid && send_check(now, *pair, bytes);
}

void Agent::keep_warm(const std::vector<PairId>& pairs) {
  for (Pair& pair : checks_.all()) {
    if (pair.info.state != PairState::valid) continue;
    const bool rests = std::find(pairs.begin(), pairs.end(), pair.info.id) == pairs.end();
    if (pair.resting && !rests) pair.next_check = pair.info.last_sent + config_.consent_interval;
    pair.resting = rests;
  }
}

void Agent::declare_lost(Time now, PairId id) {
  Pair* pair = checks_.find(id);
  if (pair && pair->info.state == PairState::valid) become_lost(now, *pair);
}

void Agent::check_again(Time now) {
  for (Pair& pair : checks_.all())
    if (pair.generation == generation_ && pair.info.state != PairState::valid && remote_)
      start_plan(now, pair);
}

bool Agent::nominate(Time now, PairId id) {
  Pair* pair = checks_.find(id);
  if (!controlling_ || !pair || pair->info.state != PairState::valid) return false;
  for (Pair& other : checks_.all()) other.nominating.reset();
  pair->nominating = ++nomination_;
  pair->next_check = now;
  pair->urgent = true;
  return true;
}

std::optional<PairInfo> Agent::pair_info(PairId id) const {
  const Pair* pair = checks_.find(id);
  return pair ? std::optional(with_estimates(*pair)) : std::nullopt;
}

std::vector<PairInfo> Agent::pairs() const {
  std::vector<PairInfo> out;
  for (const Pair& pair : checks_.all()) out.push_back(with_estimates(pair));
  return out;
}

}  // namespace godesk::ice
