// How much punching a process may do, over all its links: nobody makes us shoot at a bystander (SECURITY 6),
// and nobody's router is emptied by us.
//
// One object per process, shared by reference; each packet to a guessed port is taken from it first.
#pragma once

#include <deque>
#include <map>

#include "base/address.h"
#include "base/time.h"

namespace godesk::link {

class PunchBudget {
 public:
  struct Config {
    std::size_t packets_per_target = 1000;  // to one address, in any `period`
    std::size_t runs = 3;                   // with many sockets, in any `period`
    std::size_t max_targets = 64;           // in any `period`
    Duration period = std::chrono::hours(1);
  };

  PunchBudget() = default;
  explicit PunchBudget(Config config) : config_(config) {}

  /// One packet to a guessed port of `target`. False: it must not leave.
  bool take_packet(Time now, const IpAddress& target);
  /// One run with many sockets. Our own network pays for it, so all of ours are counted together.
  bool take_run(Time now);
  std::size_t packets_left(Time now, const IpAddress& target) const;

 private:
  struct Spent {
    Time since{};  // the first of a second
    std::size_t packets = 0;
  };
  using Ledger = std::deque<Spent>;

  static std::size_t sum(const Ledger& ledger);
  void forget(Time now);

  Config config_;
  std::map<IpAddress, Ledger> targets_;
  std::deque<Time> runs_;
};

}  // namespace godesk::link
