#include "host/door.h"

#include "auth/password.h"

namespace godesk::host {
namespace {

auth::GuessLimiter restore(const DoorConfig& config) {
  if (config.guess_state.empty()) return auth::GuessLimiter();
  auto limiter = auth::GuessLimiter::decode(config.guess_state, config.started, config.wall_started);
  return limiter ? std::move(*limiter) : auth::GuessLimiter::exhausted(config.started);
}

}  // namespace

Door::Door(DoorConfig config, Random& random, GuessStore& store)
    : config_(std::move(config)),
      store_(store),
      one_time_(config_.identity.public_key, random),
      unattended_(config_.unattended
                      ? *config_.unattended
                      : auth::stand_in_record(auth::PasswordKind::unattended, config_.identity.key)),
      limiter_(restore(config_)) {}

std::string Door::shown_password() const { return auth::shown_one_time_password(one_time_.symbols()); }

std::optional<std::uint32_t> Door::authorised(Time now, const crypto::PublicKey& caller) {
  const auth::AuthorisedKey* entry = config_.authorised.find(wall(now), caller);
  return entry ? std::optional(entry->permissions) : std::nullopt;
}

std::vector<auth::LoginOffer> Door::offers() { return {one_time_.record().offer, unattended_.offer}; }

Duration Door::wait(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind) {
  return limiter_.may_guess(now, caller, kind);
}

std::optional<session::Gatekeeper::Guess> Door::spend(Time now, const crypto::PublicKey& caller,
                                                      auth::PasswordKind kind) {
  if (!limiter_.spend(now, caller, kind)) return std::nullopt;
  save(now);
  if (kind == auth::PasswordKind::unattended) return Guess{unattended_, 0};
  return Guess{one_time_.record(), one_time_.generation()};
}

bool Door::admit(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind,
                 std::uint64_t generation) {
  if (kind == auth::PasswordKind::one_time && !one_time_.consume(generation)) return false;
  limiter_.succeeded(now, caller, kind);
  save(now);
  return true;
}

WallTime Door::wall(Time now) const {
  return config_.wall_started + std::chrono::floor<std::chrono::seconds>(now - config_.started);
}

void Door::save(Time now) { store_.save(limiter_.encode(now, wall(now))); }

}  // namespace godesk::host
