// Which of the working pairs carries packets at this moment.
//
//   1. refresh() brings what the agent knows; sent() what left on a pair since.
//   2. A path on which something was sent, and on which nothing at all came for RTT + 4 var + 2 ack intervals
//      (at least 120 ms), is suspect: it is pinged, and while it is the current one every packet goes to the
//      best other path too. Silent for `dead_after` more, it is lost.
//   3. The first path is used at once. The caller chooses by ice::choose with each sample and nominates; the
//      host follows what is nominated, and chooses for itself only when that is gone.
//   4. A changed choice is made before the old one is broken: for one RTT, at least 100 ms, packets go both
//      ways.
//   5. Urgent packets go a second way all the time, where there is one: another kind of path than the current
//      one, so that both seldom die together.
//   6. The current path is pinged when it was silent for half a second, so that a death is
//      noticed when idle too.
//
// It sends nothing itself: decide() says what is to be done, route() where a packet goes.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "ice/path_choice.h"

namespace godesk::link {

class Paths {
 public:
  struct Config {
    bool caller = false;
    Duration dead_after = 700ms;
    Duration least_doubt = 120ms;  // no path is suspect before
    Duration ack_slack = 50ms;     // two ack intervals
    Duration ping_again = 200ms;   // between pings of a suspect path
    Duration renew_after = 3s;     // without an answer: pinged, before consent ends by two losses in a row
    Duration renew_again = 500ms;
    Duration idle_ping = 500ms;      // silence on the current path after which it is pinged
    Duration least_overlap = 100ms;  // both ways after a change
  };
  struct Wishes {
    std::vector<ice::PairId> ping, lost;
    std::optional<ice::PairId> nominate;
  };
  struct Route {
    std::optional<ice::PairId> first, second;
    bool everything = false;  // to the second too; else only what is urgent
  };

  explicit Paths(Config config) : config_(config) {}

  void refresh(Time now, const std::vector<ice::PairInfo>& pairs);
  void sent(Time now, ice::PairId pair);
  /// Pairs over relays that only stand by: taken when nothing else works.
  void reserve(const std::set<ice::PairId>& pairs);
  /// A pair became valid, or a check of it was answered.
  void sampled() { choice_due_ = true; }
  /// Host: what the caller wants.
  void nominated(ice::PairId pair) { nominated_ = pair; }
  Wishes decide(Time now);

  Route route(Time now) const;
  std::optional<ice::PairId> current() const { return choice_.current; }
  bool suspect(ice::PairId pair) const;
  std::size_t size() const { return paths_.size(); }
  Time next_deadline() const;

 private:
  struct Path {
    ice::PathSummary summary;
    ice::LegId leg{};
    int samples = 0;
    Time answered{}, sent{}, heard{};  // the last ones seen
    Time waiting_since = kNever;       // the first thing sent after the last one heard
    Time suspect_since = kNever, next_ping = kNever;
    Time renew_at = kNever;
  };

  void update(Path& path, const ice::PairInfo& info);
  void doubt(Time now, Wishes& wishes);
  void choose(Time now, Wishes& wishes);
  ice::ChoiceState callers_choice() const;
  ice::ChoiceState hosts_choice() const;
  Duration patience(const Path& path) const;
  const Path* find(std::optional<ice::PairId> id) const;
  Path* find(ice::PairId id) { return const_cast<Path*>(std::as_const(*this).find(id)); }
  const Path* best_beside(ice::PairId id) const;
  const Path* standby(const Path& current) const;

  Config config_;
  std::vector<Path> paths_;
  ice::ChoiceState choice_;
  std::optional<ice::PairId> nominated_, previous_;
  Time overlap_until_{};
  bool choice_due_ = false;
};

}  // namespace godesk::link
