// Token buckets of one second for bytes and packets, shared by all allocations of one owner.
#pragma once

#include <algorithm>
#include <map>

#include "turn/credentials.h"

namespace godesk::turn {

class Bucket {
 public:
  explicit Bucket(const Quota& quota)
      : quota_(quota), bytes_(quota.bytes_per_second.n), packets_(quota.packets_per_second) {}

  bool has(Time now, std::size_t bytes) {
    refill(now);
    return bytes_ >= static_cast<double>(bytes) && packets_ >= 1;
  }
  void take(std::size_t bytes) {
    bytes_ -= static_cast<double>(bytes);
    packets_ -= 1;
  }

 private:
  void refill(Time now) {
    const double seconds = std::chrono::duration<double>(std::max<Duration>(now - at_, 0ns)).count();
    at_ = now;
    const auto full_bytes = static_cast<double>(quota_.bytes_per_second.n);
    const auto full_packets = static_cast<double>(quota_.packets_per_second);
    bytes_ = std::min(full_bytes, bytes_ + seconds * full_bytes);
    packets_ = std::min(full_packets, packets_ + seconds * full_packets);
  }

  Quota quota_;
  double bytes_, packets_;
  Time at_{};
};

/// Buckets by owner, alive while the owner has an allocation, so the table is no larger than theirs.
template <class Key>
class Buckets {
 public:
  struct Owner {
    Bucket bucket;
    std::size_t allocations = 0;
  };

  std::size_t allocations(const Key& key) const {
    auto it = owners_.find(key);
    return it == owners_.end() ? 0 : it->second.allocations;
  }
  void add(const Key& key, const Quota& quota) {
    ++owners_.try_emplace(key, Owner{Bucket(quota)}).first->second.allocations;
  }
  void remove(const Key& key) {
    auto it = owners_.find(key);
    if (it != owners_.end() && --it->second.allocations == 0) owners_.erase(it);
  }
  Bucket* find(const Key& key) {
    auto it = owners_.find(key);
    return it == owners_.end() ? nullptr : &it->second.bucket;
  }

 private:
  std::map<Key, Owner> owners_;
};

}  // namespace godesk::turn
