// Deadlines and rates of many things at once, in memory that is bounded by configuration.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/time.h"

namespace godesk::rendezvous {

/// Tokens that return one by one.
struct Budget {
  std::uint32_t burst = 0;
  Duration one_per{};
};

/// One deadline per key, earliest first.
template <class Key>
class Schedule {
 public:
  void set(const Key& key, Time at) {
    erase(key);
    at_[key] = at;
    order_.insert({at, key});
  }
  void erase(const Key& key) {
    const auto found = at_.find(key);
    if (found == at_.end()) return;
    order_.erase({found->second, key});
    at_.erase(found);
  }
  Time next() const { return order_.empty() ? kNever : order_.begin()->first; }
  /// Removes and returns a key whose time has come.
  std::optional<Key> pop(Time now) {
    if (now < next()) return std::nullopt;
    const Key key = order_.begin()->second;
    erase(key);
    return key;
  }
  std::optional<Time> of(const Key& key) const {
    const auto found = at_.find(key);
    if (found == at_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t size() const { return at_.size(); }

 private:
  std::map<Key, Time> at_;
  std::set<std::pair<Time, Key>> order_;
};

/// A token bucket whose whole state is when it will be full again (the generic cell rate algorithm).
class Bucket {
 public:
  Bucket() = default;
  explicit Bucket(Time full_at) : full_at_(full_at) {}

  /// Takes a token and returns zero, or takes none and returns how long to wait for one.
  Duration take(Time now, const Budget& budget) {
    const Time full_at = std::max(full_at_, now) + budget.one_per;
    const Duration wait = full_at - now - budget.one_per * budget.burst;
    if (wait > 0s) return wait;
    full_at_ = full_at;
    return 0s;
  }
  Time full_at() const { return full_at_; }

 private:
  Time full_at_ = Time::min();
};

/// A bucket per key. Where there are too many, the one nearest to full is forgotten: that loses least.
template <class Key>
class Limiter {
 public:
  Limiter(Budget budget, std::size_t max) : budget_(budget), max_(max) {}

  Duration take(Time now, const Key& key) {
    while (full_at_.pop(now)) {
    }
    Bucket bucket(full_at_.of(key).value_or(now));
    const Duration wait = bucket.take(now, budget_);
    full_at_.set(key, bucket.full_at());
    if (full_at_.size() > max_) full_at_.pop(kNever);
    return wait;
  }
  std::size_t size() const { return full_at_.size(); }

 private:
  Budget budget_;
  std::size_t max_;
  Schedule<Key> full_at_;
};

}  // namespace godesk::rendezvous
