// The inside of Link: legs, the agent over them, and what both say.
//
// Every verb ends in settle(): what the sockets and relays told reaches the agent, what the agent told
// reaches the path choice, what both want to send is handed to its leg, and what changed becomes an event.
//   link.cpp          the verbs, packets in and out, the ends
//   link_relays.cpp   several relays: which carries, which stands by, which rest
//   link_legs.cpp     sockets and allocations as legs of the agent
//   link_greeting.cpp what is known before the introduction, and told with it
//   link_signals.cpp  descriptions to and from the peer
//   link_punch.cpp    what punching knows, and the sockets that the peer reached
//   link_paths.cpp    the agent's verdicts, the path in use and the words for it
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>

#include "base/nest.h"
#include "ice/agent.h"
#include "link/copy_budget.h"
#include "link/link.h"
#include "link/path_words.h"
#include "link/paths.h"
#include "link/punch.h"
#include "link/rate_meter.h"
#include "link/relay_choice.h"
#include "link/relay_race.h"
#include "link/signal.h"
#include "link/sockets.h"
#include "link/unheard.h"

namespace godesk::link {

class Link::Impl {
 public:
  Impl(Config config, Ids& ids, Random& random, LogSink& log);

  void prepare(Time now);
  std::optional<Buffer> greeting() const;
  bool gathering() const { return sockets_.gathering(); }
  bool keeps_mapping() const;
  unsigned greeting_version() const { return greeting_version_; }
  void introduce(Config introduced);
  void start(Time now);
  void send(Time now, ByteView packet, Urgency urgency);
  void on_signal(Time now, ByteView bytes);
  void allow_direct(Time now);
  void set_profile(Time now, const ice::NatProfile& profile);
  void set_epoch(std::uint16_t epoch);
  void close(Time now);
  void set_relays(Time now, std::vector<RelayServer> relays);
  std::optional<Event> next_event();
  std::size_t mtu() const { return paths_.mtu(now_); }
  /// A direct path works; whether it is the one in use is another question.
  bool direct_valid() const;
  bool has_path() const { return paths_.current().has_value(); }
  std::optional<Duration> ahead() const;
  bool owns(SocketId socket) const {
    return sockets_.owns(socket) || nest_.owns(socket) || punch_.prober().owns(socket) || leg(socket);
  }
  PunchCost punch_cost() const { return {punch_.prober().sent(), punch_.prober().most_sockets()}; }
  bool owns(StreamId stream) const { return nest_.owns(stream); }
  std::uint64_t drops(DropReason reason) const { return drops_[static_cast<std::size_t>(reason)]; }

  void on_network(Time now, const std::vector<IpAddress>& addresses);
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes);
  void on_socket(Time now, SocketId socket, const SocketEvent& event);
  void on_stream(Time now, StreamId stream, const StreamEvent& event);
  void on_backlog(Time now, StreamId stream, std::size_t bytes) { nest_.on_backlog(now, stream, bytes); }
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses);
  void on_timer(Time now);
  std::optional<Command> next_command();
  std::optional<Transmit> next_transmit();
  Time next_deadline() const;

 private:
  struct Leg {
    ice::LegId id{};
    std::optional<SocketId> socket;  // else an allocation:
    RelayRace* race = nullptr;
    Endpoint address;      // of the socket, or the relayed one
    bool punched = false;  // one of the prober's sockets, which the peer reached
  };

  // link.cpp
  void settle(Time now);
  void on_packet(Time now, const Leg& leg, const Endpoint& from, ByteView bytes);
  void receive(Buffer packet);
  void flush_checks(Time now);
  void sent_on(Time now, ice::PairId pair, std::size_t bytes);
  bool send_on(Time now, ice::PairId pair, ByteView packet);
  std::optional<ice::PairInfo> pair_ahead() const;
  void send_ahead(Time now, ByteView packet);
  bool put(Time now, const Leg& leg, const Endpoint& to, ByteView bytes);
  void watch_the_end(Time now);
  void die(Time now, DeadReason reason);
  void drop(DropReason reason) { ++drops_[static_cast<std::size_t>(reason)]; }

  // link_legs.cpp
  void on_routes(Time now);
  void add_race(Time now, const RelayServer& server);
  void take_credentials(Time now, const RelayServer& server);
  void retire(Time now);
  void remove_race(Time now, std::size_t index);
  void ask_for_relays(Time now);
  bool ends_soon(Time now, const RelayRace& race) const;
  Time relays_due() const;
  void take_from_sockets(Time now);
  void take_from_races(Time now);
  void on_race_event(Time now, RelayRace& race, const RelayRace::Event& event);
  void on_relay_up(Time now, RelayRace& race, const RelayRace::Up& up);
  void on_relay_down(Time now, RelayRace& race, const RelayRace::Down& down);
  void add_leg(Leg leg);
  void remove_legs(Time now, const RelayRace& race);
  void show_socket(Time now, SocketId socket, const Endpoint& local);
  void gather(Time now);
  bool may_relay_to(const Endpoint& to) const;
  bool udp_blocked() const;
  bool uses_sockets() const { return !config_.relay_only; }
  const Leg* leg(ice::LegId id) const;
  const Leg* leg(SocketId socket) const;
  const Leg* leg(const RelayRace& race, Family family) const;

  // link_relays.cpp
  bool has_several_relays() const;
  void choose_relays(Time now);
  std::vector<RelayFact> relays_seen(const std::vector<ice::PairInfo>& pairs) const;
  RelayFact relay_seen(const RelayRace& race, const std::vector<ice::PairInfo>& pairs) const;
  bool at_same_relay(const RelayRace& race, const Endpoint& remote) const;
  std::set<ice::PairId> pairs_in_reserve(const std::vector<ice::PairInfo>& pairs) const;
  void rest_and_wake(Time now);
  bool is_needed(const RelayRace& race) const;
  Time relay_choice_due() const;
  std::vector<RelayDistance> relay_distances() const;

  // link_greeting.cpp
  Description greet() const;
  void keep(Time now);
  void hear_greeting(Time now);

  // link_signals.cpp
  void add_addresses(Description& description) const;
  Description describe(const Punch::Facts& facts) const;
  void tell_signal(Time now, const Punch::Facts& facts);
  std::optional<ice::Candidate> behind_nat64(const ice::Candidate& candidate) const;
  void apply_remote(Time now);
  void take_nat64(Time now);
  bool acceptable(const ice::Candidate& candidate) const;
  void bind_remote_relays(Time now, RelayRace& race);

  // link_punch.cpp
  void punch(Time now, const Punch::Facts& facts);
  Punch::Facts punch_facts();
  void on_punch_packet(Time now, SocketId socket, const Endpoint& from, ByteView bytes);
  void promote(SocketId socket, const Endpoint& local);
  void drop_punched(Time now, bool all);
  bool punchable(const IpAddress& target) const;
  std::optional<How> punched_how(const ice::PairInfo& pair) const;

  // link_paths.cpp
  void take_from_agent(Time now);
  void on_valid(Time now, ice::PairId pair);
  void carry_out(Time now, const Paths::Wishes& wishes);
  void repeat_unheard(Time now);
  void on_lost(Time now, const ice::PairInfo& pair);
  void tell_path(Time now);
  PathInfo path_info(const ice::PairInfo& pair) const;
  RelayFacts relay_facts() const;
  void judge_punching(Time now);
  void revive(Time now);

  Config config_;
  Ids& ids_;
  Random& random_;
  LogSink& log_;
  Time now_{};

  ice::Agent agent_;
  HostSockets sockets_;
  std::shared_ptr<PunchBudget> punch_budget_;
  Punch punch_;
  unsigned punched_round_ = 0;  // whose sockets are legs
  std::deque<Command> closing_;
  /// An allocation at one relay. While it is replaced, there are two at the same relay.
  struct Retiring {
    const RelayRace* heir = nullptr;
    Time leave_at = kNever;  // its legs are gone, and it stays for what is under way
  };
  std::vector<std::unique_ptr<RelayRace>> races_;
  std::map<const RelayRace*, Retiring> retiring_;
  Time relays_wanted_again_{};  // not before
  RelayChoice relay_choice_;
  Time relays_chosen_at_{};
  Nest nest_;  // of the races
  std::vector<Leg> legs_;
  std::uint32_t last_leg_ = 0;
  std::set<Endpoint> servers_;  // never checked
  Paths paths_;
  CopyBudget copies_;
  RateMeter meter_;
  Unheard unheard_;
  std::optional<ice::PairId> carried_by_;  // what is in unheard_
  std::size_t sent_ahead_ = 0;             // packets, before there was a path

  // what each side knows of the other
  std::optional<Description> told_, heard_;
  std::set<Endpoint> peer_relays_;
  std::uint16_t epoch_ = 0, peer_epoch_ = 1;
  Time signal_again_ = kNever;
  std::size_t signals_again_ = 0;

  // where we are
  bool prepared_ = false, started_ = false, dead_ = false;
  bool allowed_ = false;             // addresses may be shown
  bool trusted_ = false;             // private ones too: the login is through
  bool allowed_after_path_ = false;  // there was a login before
  bool had_direct_ = false;          // a direct path carried packets
  bool punched_out_ = false;         // every direct pair had its verdict, and none is valid
  Time started_at_{}, allowed_at_{}, gathered_at_{};
  Time keep_at_ = kNever;  // prepared: when mappings want to be kept
  unsigned greeting_version_ = 0;
  Time greet_at_ = kNever;      // when the peer's greeting is taken
  Time no_path_since_{};        // while there is none; a start counts as a loss
  Time heard_at_{};             // last, on the path in use
  Time revive_at_ = kNever;     // while there is none
  Time gather_again_ = kNever;  // after direct was lost
  std::size_t gathers_ = 0;
  std::optional<PathInfo> path_;  // as told
  bool ever_path_ = false, path_lost_told_ = false;
  std::set<const RelayRace*> refused_;

  std::vector<IpAddress> addresses_;
  std::deque<Transmit> transmits_;
  std::deque<Event> events_;
  std::array<std::uint64_t, static_cast<std::size_t>(DropReason::count)> drops_{};
};

}  // namespace godesk::link
