// The peer's addresses and what each may still cost: the budget that keeps us from shooting at bystanders
// (SECURITY 6).
#pragma once

#include <deque>

#include "ice/types.h"

namespace godesk::ice {

struct Remote {
  Candidate candidate;
  std::size_t unanswered = 0;  // checks since the last answer
  std::size_t requests = 0;    // authentic requests that came from there
  std::size_t returned = 0;    // checks that were each caused by one of them
  std::size_t strays = 0;      // of `unanswered`, what the common budget paid for
  bool answered = false;       // ever
};

class Remotes {
 public:
  /// Whether a check to `to` could be anybody's wish.
  static bool checkable(const Endpoint& to, const Config& config);

  Result<Remote*, RemoteRefusal> add(const Candidate& candidate, const Config& config, const Limits& limits);
  Remote* find(const Endpoint& address);
  const Remote* find(const Endpoint& address) const;
  void remove(const Endpoint& address) {
    std::erase_if(remotes_, [&](const Remote& r) { return r.candidate.address == address; });
  }
  std::deque<Remote>& all() { return remotes_; }
  std::vector<Endpoint> addresses() const;
  void clear() { remotes_.clear(); }

  /// An address that answered once is no bystander; its pairs are checked slowly enough to be no burden.
  static bool may_check(const Remote& remote, const Limits& limits);
  /// How long a check to an address that never answered must wait, however often the peer named new ones.
  /// One check for each authentic request from there is free.
  Duration stray_wait(Time now, const Remote& remote, const Limits& limits) const;
  /// `stray`: where it may have reached anybody.
  void checked(Time now, Remote& remote, const Limits& limits, bool stray);
  void answered(Remote& remote, const Limits& limits);

 private:
  std::deque<Remote> remotes_;      // stable addresses
  Time strays_back_ = Time::min();  // when the budget for strays will be full again
};

}  // namespace godesk::ice
