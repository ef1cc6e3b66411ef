#include "link/punch.h"

#include <algorithm>
#include <array>

namespace godesk::link {
namespace {

using ice::Part;
using ice::Technique;

// A second try with nothing changed seldom helps, so they grow apart, and each differs.
constexpr std::array<Duration, 4> kRounds = {2s, 10s, 30s, 120s};
constexpr Duration kRoundForEver = 300s;
constexpr Duration kKnownPorts = 1800ms;  // a round in which every port is known
constexpr Duration kBlockStart = 100ms;   // plain checks and IPv6 come first: they cost less
constexpr Duration kBirthdayStart = 250ms;
constexpr Duration kLastAnswer = 700ms;  // after the last probe
constexpr Duration kReserve = 150ms;     // what signals and questions may take beyond their way
constexpr Duration kSoon = 20ms;         // beyond the way of a signal
constexpr std::size_t kHoles = 4;        // more than one, as any packet may be lost
constexpr std::size_t kAtOnce = 80;      // packets; no more than 100 leave within 100 ms
constexpr unsigned kMeasureTries = 3;
constexpr unsigned kMaxRound = 255;

bool many(Technique t) { return t == Technique::block || t == Technique::birthday; }

/// Where a counter is too far from a port to be brought there at one instant, the flows of others bring it
/// near: how long until the port lies in the middle of what can be opened at once.
Duration until_near(Duration since_counted, std::size_t mappings, std::uint16_t flows_per_second) {
  if (mappings <= kAtOnce || flows_per_second == 0) return {};
  const double flows = flows_per_second;
  const double left = static_cast<double>(mappings) - flows * to_ms(since_counted) / 1000;
  const double wait = (left - static_cast<double>(kAtOnce) / 2) / flows;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::max(wait, 0.0)));
}

/// Rounds of it that say enough when they fail: where many meet many, one in forty does; where both count,
/// the roles change. Known ports cost next to nothing, so that nothing is to be learnt of them.
unsigned telling_rounds(Technique t) {
  if (many(t)) return 1;
  return t == Technique::cover ? 2 : 0;
}

}  // namespace

Punch::Punch(Config config, Ids& ids, Random& random, PunchBudget& budget)
    : config_(std::move(config)), random_(&random), budget_(&budget), prober_(ids, random, budget) {}

void Punch::stop() {
  running_ = false;
  prober_.stop();
  next_round_ = kNever;
}

std::optional<Offer> Punch::offer(Time now, const Facts& facts) const {
  if (!config_.seen || !facts.own || facts.base.port == 0 || keeps_silent(now, facts)) return std::nullopt;
  Offer offer;
  offer.round = static_cast<std::uint8_t>(round_ == 0 && advice_ ? first_round() : round_);
  offer.base = facts.base;
  offer.opening = config_.seen->opening;
  if (config_.caller && start_at_ != kNever && start_at_ > now)
    offer.start_in = std::chrono::duration_cast<std::chrono::milliseconds>(start_at_ - now);
  if (round_ == 0 && advised(PairOutcome::punched))
    offer.start_in = std::chrono::duration_cast<std::chrono::milliseconds>(facts.way + kSoon);
  offer.cover = cover_;
  offer.ports = ports_;
  return offer;
}

bool Punch::known(const Facts& f) {
  if (!config_.seen || !f.own || !f.peer || !f.heard || f.base.port == 0 || !f.may_target) return false;
  return f.heard->base.ip != f.base.ip && proved(*f.heard);
}

bool Punch::proved(const Offer& offer) {
  const auto named = std::make_pair(offer.opening, offer.base.ip);
  if (proved_ == named) return true;
  if (stun::seen_mark(offer.opening, offer.base.ip) != config_.seen->peer_as) return false;
  proved_ = named;
  return true;
}

void Punch::update(Time now, const Facts& facts) {
  recall(now, facts);
  if (now >= silent_until_) silent_until_ = {};
  if (facts.direct) {
    // A probe may as well meet the mapping of the plain checks.
    const bool punched = facts.punched && round_ > 0 && now >= start_at_;
    learn(facts, punched ? PairOutcome::punched : PairOutcome::plain);
    if (running_) stop();
    had_direct_ = true;
    return;
  }
  if (running_ && now >= ends_at_) {
    learn_failure(facts);
    end();
  }
  if (now < silent_until_) return;
  if (!known(facts)) {
    if (now >= next_round_) next_round_ = now + 1s;
    return;
  }
  if (had_direct_) {  // it was lost: everything may be different now
    had_direct_ = false;
    first_at_ = now - kRounds[0];
    if (config_.caller && round_ > 0) next_round_ = now + 1s;
  }
  const unsigned named = facts.heard->round;
  if (round_ == 0) {
    begin(now, facts, config_.caller ? first_round() : std::max(1u, named));
  } else if (!config_.caller && named > round_) {
    begin(now, facts, named);
  } else if (config_.caller && now >= next_round_) {
    next_round_ = kNever;
    if (round_ < kMaxRound) begin(now, facts, round_ + 1);
  }
  if (running_) step(now, facts);
}

void Punch::begin(Time now, const Facts& facts, unsigned round) {
  const ice::NatProfile &caller = config_.caller ? *facts.own : *facts.peer,
                        &host = config_.caller ? *facts.peer : *facts.own;
  const ice::Plan plan = ice::make_plan(caller, host, round - 1);
  plan_ = plan;
  next_round_ = kNever;
  if (plan.technique == Technique::plain || plan.technique == Technique::impossible) return;
  if (round_ == 0) first_at_ = now;
  round_ = round;
  running_ = true;
  step_ = Step::fresh;
  tries_ = 0;
  cover_ = 0;
  ports_.clear();
  start_at_ = now;
  // Plain checks had their chance, if they did not help the last time.
  const Duration after_plain = plan.technique == Technique::block ? kBlockStart : kBirthdayStart;
  if (many(plan.technique))
    start_at_ = now + std::max(advised(PairOutcome::punched) ? 0ms : after_plain, facts.way + kSoon);
  // The caller said when; what the message took to come is about what ours take.
  const Duration said = facts.heard->start_in - facts.way;
  if (!config_.caller && many(plan.technique) && facts.heard->round == round && said > 0ns)
    start_at_ = now + said;
  ends_at_ = now + kKnownPorts;
  if (many(plan.technique))
    ends_at_ =
        start_at_ + ice::kProbeEvery * static_cast<int>(std::max(plan.probes, plan.sockets)) + kLastAnswer;
  schedule(now);
  prober_.begin({facts.local.ip, facts.stun}, facts.agent->guess(), first_hops(facts));
  if (many(plan.technique) && !budget_->take_run(now)) end();
}

/// When the caller begins the next one.
void Punch::schedule(Time now) {
  if (!config_.caller) return;
  next_round_ = now + kRoundForEver;
  if (advised(PairOutcome::failed)) return;
  for (std::size_t i = kRounds.size(); i-- > 0;)
    if (first_at_ + kRounds[i] >= ends_at_) next_round_ = first_at_ + kRounds[i];
}

/// Routers that take the peer's packet for their own business, when it comes before ours went out, bind
/// wrongly. So in later rounds the first packet only opens our NAT and dies before it reaches the peer's.
std::optional<std::uint8_t> Punch::first_hops(const Facts& facts) const {
  if (round_ < 2) return std::nullopt;
  if (facts.own->distance > 0) return facts.own->distance;
  return round_ % 2 == 0 ? std::uint8_t{7} : std::uint8_t{4};
}

void Punch::end() {
  running_ = false;
  prober_.stop();
}

const Offer* Punch::peers(const Facts& facts) const {
  return facts.heard->round == round_ && !facts.heard->ports.empty() ? facts.heard : nullptr;
}

Time Punch::next_deadline() const {
  const Time silent = silent_until_ > Time{} ? silent_until_ : kNever;
  return std::min({prober_.next_deadline(), running_ ? ends_at_ : kNever, next_round_, silent});
}

// ---- what is remembered

/// Which of what is remembered fits is known with the peer's profile.
void Punch::recall(Time now, const Facts& facts) {
  if (recalled_ || !config_.caller || !facts.own || !facts.peer) return;
  recalled_ = true;
  const auto mark = pair_mark(*facts.own, *facts.peer);
  for (const PairVerdict& verdict : config_.remembered)
    if (mark == verdict.pair) advice_ = verdict;
  if (!worth_remembering(facts)) advice_.reset();
  if (advised(PairOutcome::plain)) silent_until_ = now + kPlainAgain;
  if (advised(PairOutcome::failed)) silent_until_ = now + kFailedAgain;
}

/// Only where the profiles call for more than plain checks.
bool Punch::worth_remembering(const Facts& facts) const {
  const Technique t = ice::make_plan(*facts.own, *facts.peer).technique;
  return t != Technique::plain && t != Technique::impossible;
}

void Punch::learn(const Facts& facts, PairOutcome outcome) {
  if (learnt_ && (*learnt_ == outcome || *learnt_ != PairOutcome::failed)) return;
  if (!config_.caller || !facts.own || !facts.peer) return;
  learnt_ = outcome;
  const auto mark = pair_mark(*facts.own, *facts.peer);
  if (!mark || !worth_remembering(facts)) return;
  verdict_ =
      PairVerdict{*mark, outcome, outcome == PairOutcome::punched ? like_round(round_) : std::uint8_t{0}};
}

void Punch::learn_failure(const Facts& facts) {
  const unsigned telling = telling_rounds(plan_.technique);
  if (telling > 0 && round_ + 1 >= first_round() + telling) learn(facts, PairOutcome::failed);
}

/// While it is not known which pair of networks this is, or what is remembered says to wait.
bool Punch::keeps_silent(Time now, const Facts& facts) const {
  return now < silent_until_ || (!recalled_ && !config_.remembered.empty() && !facts.peer);
}

unsigned Punch::first_round() const { return advised(PairOutcome::punched) ? advice_->round : 1; }

// ---- the parts

void Punch::step(Time now, const Facts& facts) {
  switch (plan_.of(config_.caller)) {
    case Part::none:
      return;
    case Part::stand:
      return stand(now, facts);
    case Part::declare:
      return declare(now, facts);
    case Part::measure:
      return measure(facts);
    case Part::lead:
      return lead(facts);
    case Part::follow:
      return follow(now, facts);
    case Part::open:
      return open(now, facts);
    case Part::probe:
      return probe(now, facts);
  }
}

void Punch::stand(Time now, const Facts& facts) {
  const Offer* offer = peers(facts);
  if (!offer || step_ == Step::sent) return;
  std::vector<Endpoint> to;
  for (std::uint16_t port : offer->ports) to.push_back({offer->base.ip, port});
  prober_.spray(now, facts.socket, to);
  step_ = Step::sent;
}

void Punch::declare(Time now, const Facts& facts) {
  if (step_ == Step::fresh) {
    prober_.declare(kHoles);
    step_ = Step::waiting;
  }
  if (step_ == Step::waiting && prober_.ready()) {
    take_declared();
    step_ = Step::told;
  }
  if (step_ != Step::told) return;
  const bool stands = peer_part() == Part::stand;
  const Offer* offer = peers(facts);
  if (!stands && !offer) return;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (stands) {
      prober_.aim(now, i, facts.heard->base);
    } else if (i < offer->ports.size()) {
      prober_.aim(now, i, {offer->base.ip, offer->ports[i]});
    }
  }
  step_ = Step::sent;
}

/// Holes to `to`, until their ports are known or it was tried often enough. True while it is not over.
bool Punch::make_port(const Facts& facts, const std::vector<Endpoint>& to) {
  const bool declares = facts.own->allocation == ice::Allocation::preserving;
  if (step_ == Step::fresh) {
    declares ? prober_.declare(to.size()) : prober_.measure(to);
    step_ = Step::waiting;
  }
  if (step_ != Step::waiting || !prober_.ready()) return step_ == Step::waiting;
  declares ? take_declared() : take_measured(facts);
  step_ = Step::told;
  if (!ports_.empty() || ++tries_ >= kMeasureTries) return false;
  // Too many others opened something in between, or an answer was lost.
  prober_.begin({facts.local.ip, facts.stun}, facts.agent->guess(), first_hops(facts));
  step_ = Step::fresh;
  return make_port(facts, to);
}

void Punch::take_declared() {
  ports_ = prober_.inside_ports();
  std::erase(ports_, std::uint16_t{0});
}

/// Holes that say one port each; where the peer may try all, those that say a few.
void Punch::take_measured(const Facts& facts) {
  ports_.clear();
  const bool tries_all = peer_part() == Part::stand;
  for (const auto& ports : prober_.measured(facts.own->step)) {
    if (ports.size() != 1 && !tries_all) return;  // the peer counts on the order
    for (std::uint16_t port : ports)
      if (ports_.size() < kMaxOfferPorts) ports_.push_back(port);
  }
}

void Punch::measure(const Facts& facts) {
  const Offer* offer = peers(facts);
  std::vector<Endpoint> to;
  if (peer_part() == Part::stand) {
    to = {facts.heard->base, facts.heard->base};
  } else if (offer) {
    for (std::uint16_t port : offer->ports) to.push_back({offer->base.ip, port});
  }
  if (!to.empty()) make_port(facts, to);
}

void Punch::lead(const Facts& facts) {
  const Offer* offer = peers(facts);
  if (!offer) return;
  if (step_ == Step::fresh) {
    // Until the follower opens its sockets: our questions, our signal, and a reserve.
    const Duration time = 3 * facts.way + kReserve;
    cover_ = ice::port_ahead(offer->ports[0], facts.peer->step, facts.peer->flows_per_second, time);
    if (cover_ == 0) return end();
  }
  make_port(facts, {{offer->base.ip, cover_}});
}

void Punch::follow(Time now, const Facts& facts) {
  if (step_ == Step::fresh) {
    prober_.sample();
    step_ = Step::waiting;
  }
  if (step_ == Step::waiting && prober_.ready()) {
    if (prober_.last_port() == 0) return end();
    ports_ = {prober_.last_port()};
    counted_at_ = now;
    step_ = Step::told;
  }
  const Offer* offer = peers(facts);
  if (step_ != Step::told || !offer || offer->cover == 0) return;
  const std::size_t n = ice::sockets_to_reach(ports_[0], offer->cover, facts.own->step);
  if (n == 0) return end();
  const Time when = now + until_near(now - counted_at_, n, facts.own->flows_per_second);
  prober_.open(when, {offer->base.ip, offer->ports[0]}, std::min(n, kAtOnce), 0ns);
  step_ = Step::sent;
}

void Punch::open(Time now, const Facts& facts) {
  if (step_ != Step::fresh) return;
  Endpoint to = facts.heard->base;
  if (plan_.fresh_prober) {
    const Offer* offer = peers(facts);
    if (!offer) return;
    to.port = offer->ports[0];
  }
  prober_.open(std::max(now, start_at_), to, plan_.sockets, ice::kProbeEvery);
  step_ = Step::sent;
}

void Punch::probe(Time now, const Facts& facts) {
  if (step_ == Step::sent) return;
  SocketId from = facts.socket;
  if (plan_.fresh_prober) {
    // Its port towards the peer's address is one for all ports there, but only towards that address.
    if (make_port(facts, {facts.heard->base}) || ports_.empty() || !prober_.hole(0)) return;
    from = *prober_.hole(0);
  }
  prober_.walk(std::max(now, start_at_), from, facts.heard->base.ip,
               ice::PortWalk(plan_.first, plan_.span, *random_), plan_.probes);
  step_ = Step::sent;
}

}  // namespace godesk::link
