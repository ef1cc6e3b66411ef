// ICE: finds out which of our legs reaches the peer at which of its addresses, and keeps the ways open.
// RFC 8445 with trickle (8838), consent (7675) and renomination (draft-thatcher-ice-renomination).
//
//   1. add_local() and add_remote() bring candidates in any order, at any time; each leg and each remote
//      address of one family make a pair. Checks start once set_remote_credentials() came.
//   2. A pair is checked at 0, 20, 45, 85, 150, 250, 400, 600, 850 and 1150 ms, all pairs together at most
//      one check per `pace`. Authentic requests from the peer are answered, and checked back at once.
//   3. The first answer makes the pair valid: PairValid. It stays checked (PairAnswered gives RTT samples)
//      until consent is lost. Several pairs are valid at once; the caller chooses, and, if controlling, tells
//      the peer by nominate(), again whenever it likes.
//   4. The caller tells by on_received() what else arrived, pings what it suspects, declares lost what it
//      gave up; lost pairs are checked every two seconds and come back as PairValid.
//
// Differences from RFC 8445, each on purpose: no frozen state and no foundation waves (at most 100 pairs,
// each with a budget); an answer from another address than the check went to counts (between two NATs whose
// mapping depends on the port there is no symmetric path, yet what we send arrives and what they send
// arrives); a bad request is dropped, not answered with an error.
//
// Never: owns a socket, sends data, checks an address that is nobody's business (limits, Config::forbidden),
// speaks on any leg but the caller's, lets an unauthentic byte change its state.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "base/log.h"
#include "base/queue.h"
#include "base/random.h"
#include "ice/checks.h"
#include "ice/messages.h"
#include "ice/remotes.h"
#include "ice/types.h"

namespace godesk::ice {

class Agent {
 public:
  Agent(Config config, Random& random, LogSink& log);

  // ---- credentials
  const Credentials& local_credentials() const { return local_; }
  /// False, and nothing happens, unless 4..256 and 22..256 ice-chars. Another ufrag than before, without a
  /// restart() in between, means the peer restarted: its old candidates go.
  bool set_remote_credentials(Time now, const Credentials& remote);
  /// New credentials; the peer's, and its candidates, must come again. Valid pairs stay usable under the old
  /// ones until a new one is nominated.
  void restart(Time now);

  // ---- candidates
  /// Host and relay candidates make the leg; reflexive ones only join local_candidates(). False if
  /// refused by relay_only.
  bool add_local(Time now, LegId leg, const Candidate& candidate);
  /// A leg that is paired with the addresses that authentic checks come in from, and with nothing else: one
  /// of many sockets, of which the peer reached this one.
  void add_punched_leg(LegId leg, const Candidate& base);
  /// Its pairs go without an event.
  void remove_leg(Time now, LegId leg);
  const std::vector<Candidate>& local_candidates() const { return local_candidates_; }
  /// Nothing on success. A known address only updates its type and priority.
  std::optional<RemoteRefusal> add_remote(Time now, const Candidate& candidate);
  /// The peer has no other candidates any more: those it left out go with their pairs, unless one of these is
  /// valid, or checks to them stand unanswered (leaving an address out and naming it again buys no checks).
  void keep_remotes(const std::vector<Endpoint>& named);
  void set_limits(Time now, const Limits& limits);

  // ---- the verbs
  Verdict on_datagram(Time now, LegId leg, const Endpoint& from, ByteView bytes);
  void on_timer(Time now);
  std::optional<Transmit> next_transmit();
  std::optional<Event> next_event();
  Time next_deadline() const;

  // ---- punching
  /// A check for an address that is only guessed: it makes no pair and waits for no answer; whom it reaches
  /// answers with checks of its own. Empty while the peer is unknown. Its sending is the caller's to bound.
  Buffer guess();
  /// Whether it is a check of the peer for us, with its integrity. Changes nothing.
  bool authentic(ByteView bytes) const;

  // ---- pairs
  /// Data that proved authentic above us came in here.
  void on_received(Time now, LegId leg, const Endpoint& from);
  void on_sent(Time now, PairId pair);
  /// One check at once, out of turn. False if the pair is unknown or its limits are spent.
  bool ping(Time now, PairId pair);
  /// A check filled up to `bytes`, out of turn; no sample of RTT or loss. Answered by ProbeAnswered. False if
  /// the pair is not valid.
  bool probe(Time now, PairId pair, std::size_t bytes);
  /// Of the valid pairs these stay checked at the consent interval; the others rest: checked just often
  /// enough to keep their holes open, they lose consent without a word, and are tried at once when a pair
  /// dies.
  void keep_warm(const std::vector<PairId>& pairs);
  /// The caller gave the pair up before consent ran out: checked slowly from now on,
  /// PairValid when it is back.
  void declare_lost(Time now, PairId pair);
  /// Starts the plan of checks anew for every pair that is not valid (a changed network, a new plan).
  void check_again(Time now);
  /// Controlling only: tells the peer to use this pair, until it is answered; then
  /// Nominated. False otherwise.
  bool nominate(Time now, PairId pair);
  std::optional<PairId> selected() const { return selected_; }
  bool controlling() const { return controlling_; }

  std::optional<PairInfo> pair_info(PairId pair) const;
  /// In order of creation.
  std::vector<PairInfo> pairs() const;
  /// For each packet, where pairs() would copy them all. The figures that are estimates (rtt, its variation,
  /// loss) are not filled in.
  template <class Predicate>
  bool any_pair(Predicate fits) const {
    return std::any_of(checks_.all().begin(), checks_.all().end(),
                       [&](const Pair& pair) { return fits(pair.info); });
  }
  /// Whether data from there is the peer's: an authentic check or answer came from that address. Whose it is
  /// on a socket that several agents share.
  bool knows(LegId leg, const Endpoint& from) const;
  std::vector<Endpoint> remotes() const { return remotes_.addresses(); }

  /// Announced in every check from now on.
  void set_epoch(std::uint32_t epoch) { epoch_ = epoch; }
  std::size_t drops(DropReason reason) const { return drops_[static_cast<std::size_t>(reason)]; }

 private:
  struct Leg {
    std::vector<Candidate> bases;
    bool punched = false;
  };
  struct Sent {
    stun::TransactionId transaction{};
    PairId pair{};
    Time at{};
    std::string remote_pwd;
    bool controlling = false;  // our role in it
    std::optional<std::uint32_t> nomination;
    std::size_t padded = 0;  // a probe, of so many bytes
    bool judged = false;     // answered in time, or counted as lost
  };

  // agent.cpp: the check list
  const Candidate* base_of(LegId leg, const Endpoint& remote) const;
  Pair* make_pair(Time now, LegId leg, const Remote& remote);
  void pair_up(Time now, const Remote& remote);
  void refresh_pairs(const Remote& remote);
  void run_due(Time now);
  void expire_consent(Time now);
  Duration stray_wait(Time now, const Pair& pair) const;
  void fail(Time now, Pair& pair);
  OutgoingCheck outgoing(const stun::TransactionId& transaction, const IpAddress& from) const;
  bool send_check(Time now, Pair& pair, std::size_t padded = 0);
  void judge_unanswered(Time now);
  void send(LegId leg, const Endpoint& to, Buffer bytes);
  void become_lost(Time now, Pair& pair);
  void forget_old_generation();
  void note(std::string_view what, const Pair& pair);

  // agent_incoming.cpp: what the peer sent
  Verdict on_request(Time now, LegId leg, const Endpoint& from, const stun::Message& message);
  Verdict on_answer(Time now, LegId leg, const Endpoint& from, const stun::Message& message);
  bool resolve_roles(LegId leg, const Endpoint& from, const CheckRequest& request, std::string_view pwd);
  void accept_request(Time now, LegId leg, const Endpoint& from, const CheckRequest& request, bool current);
  void succeeded(Time now, Pair& pair, const Sent& sent, const Endpoint& from,
                 std::optional<Endpoint> mapped);
  void trigger(Time now, Pair& pair);
  void wish(const Endpoint& from, Pair& pair, std::optional<std::uint32_t> nomination);
  void select(Pair& pair);
  void set_role(bool controlling);
  Verdict drop(DropReason reason);

  Config config_;
  Random* random_;
  LogSink* log_;
  bool controlling_;
  std::uint64_t tie_breaker_;

  Credentials local_, old_local_;
  std::optional<Credentials> remote_, old_remote_;
  std::uint32_t generation_ = 1;

  std::map<LegId, Leg> legs_;
  std::vector<Candidate> local_candidates_;
  Remotes remotes_;
  CheckList checks_;
  std::deque<Sent> sent_;
  std::optional<PairId> selected_;
  std::uint32_t nomination_ = 0;  // the last one we gave, or took
  std::optional<std::uint32_t> epoch_;
  std::uint32_t peer_epoch_ = 0;

  std::deque<Transmit> transmits_;
  std::deque<Event> events_;
  std::array<std::size_t, static_cast<std::size_t>(DropReason::count)> drops_{};
};

}  // namespace godesk::ice
