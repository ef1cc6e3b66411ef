#include "auth/one_time_password.h"

namespace godesk::auth {

OneTimePassword::OneTimePassword(const crypto::PublicKey& host, Random& random)
    : host_(host),
      random_(random),
      symbols_(make_one_time_password(random)),
      record_(make_record(symbols_, host, random).value()) {}

bool OneTimePassword::consume(std::uint64_t generation) {
  if (generation != generation_) return false;
  renew();
  return true;
}

void OneTimePassword::renew() {
  ++generation_;
  symbols_ = make_one_time_password(random_);
  record_ = make_record(symbols_, host_, random_).value();
}

}  // namespace godesk::auth
