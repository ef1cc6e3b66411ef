#include "link/mtu_search.h"

#include <algorithm>

namespace godesk::link {

std::optional<std::size_t> MtuSearch::due(Time now, Duration rtt) {
  if (next_ == kNever) next_ = now + kSettle;
  if (unused_ || now < next_) return std::nullopt;
  if (searching() && unanswered_ >= kTries) {
    index_ = kSizes.size();
    unanswered_ = 0;
    next_ = now + (size_ > kLeastMtu ? kConfirm : kAgain);
    return std::nullopt;
  }
  if (!searching() && (size_ == kLeastMtu || unanswered_ >= kTries)) {
    const bool fell = size_ > kLeastMtu;
    size_ = kLeastMtu;
    index_ = 0;
    unanswered_ = 0;
    if (fell) {
      next_ = now + kAgain;
      return std::nullopt;
    }
  }
  ++unanswered_;
  next_ = now + std::max(kLeastWait, 2 * rtt);
  return searching() ? kSizes[index_] : size_;
}

void MtuSearch::answered(Time now, std::size_t bytes) {
  const bool news = searching() ? bytes > size_ : bytes == size_;
  if (!news) return;
  size_ = bytes;
  unanswered_ = 0;
  while (searching() && kSizes[index_] <= bytes) ++index_;
  unused_ = !searching();
  next_ = searching() ? now : now + kConfirm;
}

}  // namespace godesk::link
