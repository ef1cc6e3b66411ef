#include "viewer/lip_sync.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace godesk::viewer {
namespace {

constexpr Duration kPacket = 10ms;
constexpr Duration kBelieved = 5s;      // packets and pictures further apart say nothing
constexpr std::size_t kPlayed = 15;     // words of the device that are judged
constexpr Duration kFilm = 33ms;        // between the pictures of a film, where it plays
constexpr Duration kPause = 600ms;      // after which it begins anew
constexpr Duration kPlayedLately = 1s;  // it plays

Duration median(std::vector<Duration> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void LipSync::on_sound(std::uint32_t sequence, std::uint16_t number, Duration after) {
  if (after > kBelieved || after < -kBelieved) return;
  const auto ahead = static_cast<std::int16_t>(number - static_cast<std::uint16_t>(newest_));
  if (ahead < 0 && newest_ < static_cast<std::uint64_t>(-ahead)) return;
  Picture& named = picture(newest_ + static_cast<std::uint64_t>(std::int64_t{ahead}));
  if (named.at) return;
  named.at = line(sequence) - after;
  note(named);
}

void LipSync::on_picture(Time seen, std::uint64_t number, bool film) {
  newest_ = number;
  if (!film) return;
  Picture& named = picture(number);
  named.seen = seen;
  note(named);
}

void LipSync::on_played(const SoundPlayed& played) {
  undelayed_.push_back(played.heard - Time{} - line(played.sequence) - played.held);
  if (undelayed_.size() > kPlayed) undelayed_.pop_front();
  held_ = played.held;
  played_ = played.heard;
}

Duration LipSync::hold(Time now) {
  const auto seen = lag(now);
  if (!seen) return hold_ = {};
  if (undelayed_.empty()) return hold_;
  const Duration need = *seen - median({undelayed_.begin(), undelayed_.end()});
  const Duration skew = hold_ - need;
  if (skew >= -config_.ahead && skew <= config_.behind) return hold_;
  const Duration wanted = skew < Duration{} ? need : need + config_.still_behind;
  return hold_ = std::clamp(wanted / kPacket * kPacket, -config_.most_guard, config_.most);
}

std::optional<Duration> LipSync::skew(Time now) const {
  const auto seen = lag(now);
  if (!seen || undelayed_.empty() || played_ + kPlayedLately < now) return std::nullopt;
  return median({undelayed_.begin(), undelayed_.end()}) + held_ - *seen;
}

LipSync::Picture& LipSync::picture(std::uint64_t number) {
  Picture& place = pictures_[number % pictures_.size()];
  if (place.number != number) place = {number, {}, {}};
  return place;
}

/// Both have to be known; either may come first.
void LipSync::note(const Picture& picture) {
  if (!picture.at || !picture.seen) return;
  Duration since = last_at_ ? std::max(*picture.at - *last_at_, kFilm) : kFilm;
  if (since > kPause) since = kFilm;
  last_at_ = picture.at;
  shown_.push_back({*picture.seen, *picture.seen - Time{} - *picture.at + (since - kFilm) / 2, since});
  if (shown_.size() > config_.most_pictures) shown_.pop_front();
}

/// A packet's place on the sound's time line.
Duration LipSync::line(std::uint32_t sequence) {
  if (!first_) first_ = sequence;
  return static_cast<std::int32_t>(sequence - *first_) * kPacket;
}

/// From the sound's time line to the display, on the mean; nothing where there is no film.
std::optional<Duration> LipSync::lag(Time now) const {
  std::vector<Shown> lately;
  std::copy_if(shown_.begin(), shown_.end(), std::back_inserter(lately),
               [&](const Shown& shown) { return shown.seen + config_.watched >= now; });
  if (lately.size() < config_.least) return std::nullopt;
  std::sort(lately.begin(), lately.end(), [](const Shown& a, const Shown& b) { return a.lag < b.lag; });
  Duration all{}, below{};
  for (const Shown& shown : lately) all += shown.since;
  for (const Shown& shown : lately)
    if ((below += shown.since) * 2 >= all) return shown.lag;
  return std::nullopt;
}

}  // namespace godesk::viewer
