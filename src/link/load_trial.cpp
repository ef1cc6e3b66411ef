#include "link/load_trial.h"

#include <algorithm>

#include "ice/loss.h"

namespace godesk::link {

void LoadTrial::start(Time now, Duration rtt, Duration jitter, BitsPerSecond rate, double borne) {
  started_ = now;
  lasts_ = std::clamp(rtt, config_.shortest, config_.longest);
  wait_ = rtt + 4 * jitter + config_.patience;
  const auto wanted = static_cast<std::size_t>((rate * lasts_).n) / config_.bytes;
  planned_ = wanted < config_.light ? 0 : std::clamp(wanted, config_.least, config_.most);
  sent_ = answered_ = 0;
  borne_ = std::max(borne, config_.loss);
}

Time LoadTrial::leaves_at(std::size_t n) const {
  return started_ + lasts_ * static_cast<Duration::rep>(n) / static_cast<Duration::rep>(planned_);
}

std::size_t LoadTrial::due(Time now) {
  const std::size_t before = sent_;
  while (sent_ < planned_ && leaves_at(sent_) <= now) ++sent_;
  return sent_ - before;
}

LoadTrial::Verdict LoadTrial::verdict(Time now) const {
  if (sent_ < planned_) return Verdict::open;
  const std::size_t lost = planned_ - std::min(answered_, planned_);
  if (lost > 0 && now < leaves_at(planned_ - 1) + wait_) return Verdict::open;
  return ice::proven_loss(lost, planned_, 2) > borne_ ? Verdict::bad : Verdict::good;
}

Time LoadTrial::next_deadline() const {
  if (planned_ == 0) return started_;
  return sent_ < planned_ ? leaves_at(sent_) : leaves_at(planned_ - 1) + wait_;
}

}  // namespace godesk::link
