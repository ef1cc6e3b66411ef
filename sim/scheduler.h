// The virtual clock and its queue, ordered by (time, sequence): what was scheduled first happens first.
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include "base/time.h"

namespace godesk::sim {

class Scheduler {
 public:
  Time now() const { return now_; }
  /// The past counts as now.
  void at(Time when, std::function<void()> what) {
    queue_.push(Entry{when < now_ ? now_ : when, ++sequence_, std::move(what)});
  }
  Time next() const { return queue_.empty() ? kNever : queue_.top().when; }
  void advance(Time to) {
    if (to > now_) now_ = to;
  }
  /// Moves the clock to the first entry and runs it.
  void run_one() {
    Entry entry = queue_.top();
    queue_.pop();
    advance(entry.when);
    entry.what();
  }

 private:
  struct Entry {
    Time when;
    std::uint64_t sequence;
    std::function<void()> what;
    bool operator<(const Entry& other) const {  // priority_queue gives the greatest
      return when != other.when ? when > other.when : sequence > other.sequence;
    }
  };

  Time now_ = Time{} + 1s;  // not zero, so that "a second ago" is a time too
  std::uint64_t sequence_ = 0;
  std::priority_queue<Entry> queue_;
};

}  // namespace godesk::sim
