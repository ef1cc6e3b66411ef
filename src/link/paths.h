// Which of the working pairs carries packets at this moment.
//
//   1. refresh() brings what the agent knows; sent() what left on a pair since.
//   2. A path on which something was sent, and on which nothing at all came for RTT + 4 var + 2 ack intervals
//      (at least 120 ms), is suspect: it is pinged, and while it is the current one every packet goes to the
//      standby too. Silent for `dead_after` more, it is lost. One that is lost twice within half a minute
//      has to live for a while, longer each time, before it is chosen again.
//   3. The first path is used at once. The caller chooses by ice::choose with each sample and nominates; the
//      host follows what is nominated, and chooses for itself only when that is gone.
//   4. Where the current path is sound, the new one is made before the old one is broken, by each side for
//      what it sends: for one RTT padded checks show that the new one bears the load (link/load_trial.h),
//      then packets go both ways for one RTT, at least 100 ms, then the new way alone.
//   5. Urgent packets go a second way all the time, where there is one: another kind of path than the current
//      one, so that both seldom die together.
//   6. Four paths are kept warm, the current one and its standby among them; the others rest. The current one
//      is pinged when it was silent for half a second, so that a death is noticed when idle too.
//   7. The current path is asked how long a packet may be (link/mtu_search.h).
//
// It sends nothing itself: decide() says what is to be done, route() where a packet goes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ice/path_choice.h"
#include "link/load_trial.h"
#include "link/mtu_search.h"

namespace godesk::link {

class Paths {
 public:
  struct Config {
    bool caller = false;
    Duration dead_after = 700ms;
    Duration least_doubt = 120ms;  // no path is suspect before
    Duration ack_slack = 50ms;     // two ack intervals
    Duration ping_again = 200ms;   // between pings of a suspect path
    Duration renew_after = 4s;     // without an answer: pinged, before consent ends by a few losses in a row
    Duration renew_again = 250ms;
    Duration idle_ping = 500ms;                    // silence on the current path after which it is pinged
    Duration least_overlap = 100ms;                // both ways after a change
    std::size_t warm = 4;                          // paths, the others rest
    Duration flaps_within = 30s;                   // two deaths in that time: the path is held
    Duration first_hold = 2s, longest_hold = 60s;  // doubled with each further death
  };
  struct Probe {
    ice::PairId pair{};
    std::size_t bytes = 0;
  };
  struct Wishes {
    std::vector<ice::PairId> ping, lost, warm;
    std::vector<Probe> probe;
    std::optional<ice::PairId> nominate;
  };
  struct Route {
    std::optional<ice::PairId> first, second;
    bool everything = false;  // to the second too; else only what is urgent
  };

  explicit Paths(Config config) : config_(config) {}

  void refresh(Time now, const std::vector<ice::PairInfo>& pairs);
  void sent(Time now, ice::PairId pair, std::size_t bytes);
  /// Pairs over relays that only stand by: taken when nothing else works.
  void reserve(const std::set<ice::PairId>& pairs);
  /// A pair became valid, or a check of it was answered.
  void sampled() { choice_due_ = true; }
  /// A padded check was answered.
  void probed(Time now, ice::PairId pair, std::size_t bytes);
  /// Host: what the caller wants.
  void nominated(ice::PairId pair) { nominated_ = pair; }
  /// `rate`: what is sent now, for load tests.
  Wishes decide(Time now, BitsPerSecond rate);

  Route route(Time now) const;
  std::optional<ice::PairId> current() const { return choice_.current; }
  bool suspect(ice::PairId pair) const;
  /// Valid and not suspect.
  bool works(ice::PairId pair) const;
  /// What was sent on the current path before this has arrived, if anything has. Nothing without a path.
  std::optional<Time> heard_up_to() const;
  /// How long a packet may be that goes where route() says.
  std::size_t mtu(Time now) const;
  std::size_t mtu(ice::PairId pair) const;
  std::size_t size() const { return paths_.size(); }
  Time next_deadline() const;

 private:
  struct Path {
    ice::PathSummary summary;
    ice::LegId leg{};
    Time answered{}, sent{}, heard{};  // the last ones seen
    Time waiting_since = kNever;       // the first thing sent after the last one heard
    Time suspect_since = kNever, next_ping = kNever;
    Time renew_at = kNever;
    MtuSearch mtu;
    bool warm = true;
  };
  /// What is remembered of a pair while it does not work.
  struct Past {
    Time died{};
    int deaths = 0;  // none further apart from the next than `flaps_within`
    Duration hold{};
    Time held_until{};
    int refused = 0;  // load tests that it failed
  };
  /// A path that is to become the current one, and is tried out.
  struct Promotion {
    ice::ChoiceState then;
    LoadTrial test;
  };

  void update(Path& path, const ice::PairInfo& info);
  void remember_death(Time now, ice::PairId id);
  void hold_if_flapping(Time now, Path& path);
  void doubt(Time now, Wishes& wishes);
  void choose(Time now, BitsPerSecond rate, Wishes& wishes);
  void start_promotion(Time now, const ice::ChoiceState& next, BitsPerSecond rate);
  void promote(Time now, Wishes& wishes);
  void refuse(Time now, ice::PairId id);
  void move(Time now, const ice::ChoiceState& next, Wishes& wishes);
  void search_mtu(Time now, Wishes& wishes);
  void warm(Wishes& wishes);
  ice::ChoiceState wanted(Time now);
  ice::ChoiceState callers_choice(Time now) const;
  ice::ChoiceState hosts_choice(Time now) const;
  bool held(Time now, ice::PairId id) const;
  bool sound(const Path* path) const { return path && path->suspect_since == kNever; }
  Duration patience(const Path& path) const;
  const Path* find(std::optional<ice::PairId> id) const;
  Path* find(ice::PairId id) { return const_cast<Path*>(std::as_const(*this).find(id)); }
  const Path* best_beside(ice::PairId id) const;
  const Path* standby(const Path& current) const;

  Config config_;
  std::vector<Path> paths_;
  std::map<ice::PairId, Past> past_;
  ice::ChoiceState choice_;
  std::optional<Promotion> promotion_;
  std::optional<ice::PairId> nominated_, previous_;
  Time overlap_until_{};
  bool choice_due_ = false;
};

}  // namespace godesk::link
