// For tests: a gatekeeper with one one-time password, as host/door.h keeps it, and counts.
#pragma once

#include "auth/identity.h"
#include "auth/one_time_password.h"
#include "session/gatekeeper.h"

namespace godesk::session {

class TestDoor final : public Gatekeeper {
 public:
  TestDoor(const auth::Identity& host, Random& random)
      : one_time(host.public_key, random),
        stand_in(auth::stand_in_record(auth::PasswordKind::unattended, host.key)) {}

  std::optional<std::uint32_t> authorised(Time, const crypto::PublicKey&) override { return by_key; }
  std::vector<auth::LoginOffer> offers() override { return {one_time.record().offer, stand_in.offer}; }
  Duration wait(Time, const crypto::PublicKey&, auth::PasswordKind) override { return wait_for; }
  std::optional<Guess> spend(Time, const crypto::PublicKey&, auth::PasswordKind kind) override {
    ++spent;
    if (kind == auth::PasswordKind::unattended) return Guess{stand_in, 0};
    return Guess{one_time.record(), one_time.generation()};
  }
  bool admit(Time, const crypto::PublicKey&, auth::PasswordKind kind, std::uint64_t generation) override {
    if (kind == auth::PasswordKind::one_time && !one_time.consume(generation)) return false;
    ++admitted;
    return true;
  }

  auth::OneTimePassword one_time;
  auth::PasswordRecord stand_in;
  std::optional<std::uint32_t> by_key;  // of every caller
  Duration wait_for{};
  int spent = 0, admitted = 0;
};

}  // namespace godesk::session
