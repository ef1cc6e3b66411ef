// The head of punching: which round it is, what this side's part in it is, and what the peer is told of it.
// docs/traversal.md tells the whole algorithm.
//
//   1. update() is called whenever something may have changed, with all that the link knows (Facts). Once
//      both profiles, both addresses and the proof of the peer's address are there, and plain checks cannot
//      do, round 1 begins on either side; later rounds begin with the caller, after 2, 10, 30, 120, then
//      every 300 s, and the host follows its number. Each round differs from the last: new sockets, other
//      roles where both count their ports, and first packets that die before they reach the peer's NAT.
//   2. The plan (ice::make_plan) names this side's part; the part drives the Prober and fills the offer.
//   3. A packet of the peer on one of the prober's sockets is the link's to judge; a direct path that works
//      ends everything, and what is left open is closed.
//   4. The caller remembers (link/pair_verdict.h): with what an earlier session found out of these two
//      networks it begins with the round that worked, and at once; or it waits, and until then names no
//      offer, so that the host waits as well. What this session finds out is taken by next_verdict().
//
// Never: sends to any address but the one that the ID server saw the peer at and that the peer names,
// whatever the plan; runs without a profile of both sides, or after the budget is spent.
#pragma once

#include "ice/agent.h"
#include "ice/prediction.h"
#include "link/pair_verdict.h"
#include "link/prober.h"
#include "link/signal.h"
#include "stun/seen.h"

namespace godesk::link {

class Punch final : public Machine {
 public:
  struct Config {
    bool caller = false;
    std::optional<stun::Seen> seen;       // without it the peer's address cannot be proved: no punching
    std::vector<PairVerdict> remembered;  // caller: of this peer, from this network
  };
  /// What the link knows; pointers are good during the call.
  struct Facts {
    const ice::NatProfile *own = nullptr, *peer = nullptr;
    const Offer* heard = nullptr;
    SocketId socket{};        // of the plain checks, IPv4
    Endpoint local;           // it here,
    Endpoint base;            // and as servers see it
    Endpoint stun;            // a server that answered
    bool may_target = false;  // heard->base.ip is not ours, no server's, not private: punchable
    bool direct = false;      // a direct path works,
    bool punched = false;     // and punching may have made it
    Duration way{};           // of a signal to the peer, one way, about
    ice::Agent* agent = nullptr;
  };

  Punch(Config config, Ids& ids, Random& random, PunchBudget& budget);

  /// The introduction came after this was made.
  void introduce(const std::optional<stun::Seen>& seen, std::vector<PairVerdict> remembered) {
    config_.seen = seen;
    config_.remembered = std::move(remembered);
  }
  void update(Time now, const Facts& facts);
  void stop();
  /// For the peer; nothing before the address may be told and is known.
  std::optional<Offer> offer(Time now, const Facts& facts) const;
  /// What there is to remember, once.
  std::optional<PairVerdict> next_verdict() { return std::exchange(verdict_, std::nullopt); }

  /// The plan of the round under way, or of the last one.
  const ice::Plan& plan() const { return plan_; }
  unsigned round() const { return round_; }
  /// A round is under way that may still end in a direct path.
  bool running() const { return running_; }
  /// Whether a packet from there may be the one that this round is for. Through an open filter all sockets of
  /// a follower reach the leader, and only one of them can be answered.
  bool expects(const Endpoint& from) const { return cover_ == 0 || from.port == cover_; }
  /// The two networks are known and no technique joins them.
  bool impossible() const { return plan_.technique == ice::Technique::impossible; }
  Prober& prober() { return prober_; }
  const Prober& prober() const { return prober_; }

  void on_socket(Time now, SocketId socket, const SocketEvent& event) override {
    prober_.on_socket(now, socket, event);
  }
  void on_timer(Time now) override { prober_.on_timer(now); }
  std::optional<Command> next_command() override { return prober_.next_command(); }
  std::optional<Transmit> next_transmit() override { return prober_.next_transmit(); }
  Time next_deadline() const override;

 private:
  bool known(const Facts& facts);
  void recall(Time now, const Facts& facts);
  bool worth_remembering(const Facts& facts) const;
  void learn(const Facts& facts, PairOutcome outcome);
  void learn_failure(const Facts& facts);
  bool keeps_silent(Time now, const Facts& facts) const;
  unsigned first_round() const;
  bool advised(PairOutcome outcome) const { return advice_ && advice_->outcome == outcome; }
  bool proved(const Offer& offer);
  void begin(Time now, const Facts& facts, unsigned round);
  void schedule(Time now);
  void end();
  void step(Time now, const Facts& facts);
  void stand(Time now, const Facts& facts);
  void declare(Time now, const Facts& facts);
  void measure(const Facts& facts);
  void lead(const Facts& facts);
  void follow(Time now, const Facts& facts);
  void open(Time now, const Facts& facts);
  void probe(Time now, const Facts& facts);
  bool make_port(const Facts& facts, const std::vector<Endpoint>& to);
  void take_declared();
  void take_measured(const Facts& facts);
  const Offer* peers(const Facts& facts) const;
  ice::Part peer_part() const { return plan_.of(!config_.caller); }
  std::optional<std::uint8_t> first_hops(const Facts& facts) const;

  Config config_;
  Random* random_;
  PunchBudget* budget_;
  Prober prober_;

  ice::Plan plan_;
  unsigned round_ = 0;
  bool running_ = false;
  bool had_direct_ = false;
  std::optional<std::pair<stun::Opening, IpAddress>> proved_;
  Time first_at_{}, start_at_ = kNever, ends_at_ = kNever, next_round_ = kNever;
  // what is remembered
  bool recalled_ = false;
  std::optional<PairVerdict> advice_;  // of these two networks
  Time silent_until_{};
  std::optional<PairOutcome> learnt_;
  std::optional<PairVerdict> verdict_;
  // within a round
  enum class Step { fresh, waiting, told, sent } step_ = Step::fresh;
  unsigned tries_ = 0;  // to measure
  std::uint16_t cover_ = 0;
  std::vector<std::uint16_t> ports_;
  Time counted_at_{};  // follower: when its counter was at ports_[0]
};

}  // namespace godesk::link
