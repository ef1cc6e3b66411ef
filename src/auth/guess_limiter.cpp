#include "auth/guess_limiter.h"

#include <algorithm>

namespace godesk::auth {
namespace {

constexpr std::string_view kMagic = "GoDeskG1";
constexpr std::size_t kKnownSize = 32 + 8 + 8;

Duration span_of(const GuessRate& rate) { return rate.every * rate.burst; }

/// Nanoseconds on disk: what is missing to a full bucket.
std::uint64_t debt(Time full_at, Time now) {
  return static_cast<std::uint64_t>(std::max(full_at - now, Duration::zero()).count());
}

/// How much of the wall clock's progress counts: none if it went backwards, one second less because both
/// ends are rounded, and never more than refills everything anyhow.
Duration elapsed(std::uint64_t saved, WallTime wall) {
  const std::int64_t then = static_cast<std::int64_t>(std::min<std::uint64_t>(saved, INT64_MAX / 4));
  const std::int64_t now = std::clamp<std::int64_t>(wall.time_since_epoch().count(), 0, INT64_MAX / 4);
  return std::chrono::seconds(std::clamp<std::int64_t>(now - then - 1, 0, 365 * 86400));
}

Time restored(std::uint64_t missing, Duration passed, const GuessRate& rate, Time now) {
  const auto most = static_cast<std::uint64_t>(span_of(rate).count());
  return now + Duration(static_cast<std::int64_t>(std::min(missing, most))) - passed;
}

}  // namespace

Duration GuessLimiter::Bucket::wait(Time now, const GuessRate& rate) const {
  return std::max(full_at - now - (span_of(rate) - rate.every), Duration::zero());
}

void GuessLimiter::Bucket::take(Time now, const GuessRate& rate) {
  full_at = std::max(full_at, now) + rate.every;
}

Duration GuessLimiter::may_guess(Time now, const crypto::PublicKey& key, PasswordKind kind) const {
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second.bucket.wait(now, limits_.known);
  const Duration wait = unknown_.wait(now, limits_.unknown);
  if (kind == PasswordKind::one_time) return wait;
  return std::max(wait, unattended_.wait(now, limits_.unknown_unattended));
}

bool GuessLimiter::spend(Time now, const crypto::PublicKey& key, PasswordKind kind) {
  if (may_guess(now, key, kind) > Duration::zero()) return false;
  const auto known = known_.find(key);
  if (known != known_.end()) {
    known->second.bucket.take(now, limits_.known);
    return true;
  }
  unknown_.take(now, limits_.unknown);
  if (kind == PasswordKind::unattended) unattended_.take(now, limits_.unknown_unattended);
  return true;
}

void GuessLimiter::succeeded(Time now, const crypto::PublicKey& key, PasswordKind kind) {
  const auto known = known_.find(key);
  if (known != known_.end()) {
    known->second.bucket.put_back(limits_.known);
  } else {
    unknown_.put_back(limits_.unknown);
    if (kind == PasswordKind::unattended) unattended_.put_back(limits_.unknown_unattended);
  }
  remember(now, key);
}

void GuessLimiter::remember(Time now, const crypto::PublicKey& key) {
  known_.try_emplace(key, Known{{now}, 0}).first->second.last_login = ++logins_;
  evict();
}

void GuessLimiter::forget(const crypto::PublicKey& key) { known_.erase(key); }

bool GuessLimiter::knows(const crypto::PublicKey& key) const { return known_.contains(key); }

void GuessLimiter::evict() {
  while (known_.size() > limits_.max_known) {
    known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
      return a.second.last_login < b.second.last_login;
    }));
  }
}

// magic (8) ‖ wall clock (8) ‖ logins (8) ‖ debt of unknown (8) ‖ of unattended (8) ‖ n (2) ‖ n known keys:
// key (32) ‖ debt (8) ‖ last login (8).
Buffer GuessLimiter::encode(Time now, WallTime wall) const {
  Writer out;
  out.bytes(bytes_of(kMagic)).u64(static_cast<std::uint64_t>(wall.time_since_epoch().count())).u64(logins_);
  out.u64(debt(unknown_.full_at, now)).u64(debt(unattended_.full_at, now));
  out.u16(static_cast<std::uint16_t>(known_.size()));
  for (const auto& [key, known] : known_)
    out.bytes(key.bytes).u64(debt(known.bucket.full_at, now)).u64(known.last_login);
  return out.take();
}

std::optional<GuessLimiter> GuessLimiter::decode(ByteView state, Time now, WallTime wall,
                                                 GuessLimits limits) {
  GuessLimiter limiter(limits);
  Reader in(state);
  if (text_of(in.take(kMagic.size())) != kMagic) return std::nullopt;
  const Duration passed = elapsed(in.u64(), wall);
  limiter.logins_ = in.u64();
  limiter.unknown_.full_at = restored(in.u64(), passed, limits.unknown, now);
  limiter.unattended_.full_at = restored(in.u64(), passed, limits.unknown_unattended, now);
  const std::size_t count = in.u16();
  if (in.failed() || in.left() != count * kKnownSize) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const crypto::PublicKey key = crypto::PublicKey::from(in.take(32)).value();
    const Bucket bucket{restored(in.u64(), passed, limits.known, now)};
    limiter.known_.emplace(key, Known{bucket, in.u64()});
  }
  limiter.evict();
  return limiter;
}

GuessLimiter GuessLimiter::exhausted(Time now, GuessLimits limits) {
  GuessLimiter limiter(limits);
  limiter.unknown_.full_at = now + span_of(limits.unknown);
  limiter.unattended_.full_at = now + span_of(limits.unknown_unattended);
  return limiter;
}

}  // namespace godesk::auth
