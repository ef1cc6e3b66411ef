// The password that opens exactly one session: new at start, after use and on request, never because of
// misses (or anyone could change it from afar).
#pragma once

#include "auth/login_context.h"

namespace godesk::auth {

class OneTimePassword {
 public:
  /// Draws the first one. `random` must outlive this.
  OneTimePassword(const crypto::PublicKey& host, Random& random);

  /// 8 symbols; for people shown_one_time_password(). Never logged.
  const std::string& symbols() const { return symbols_; }
  /// Give a copy to each Verifier, with generation() beside it.
  const PasswordRecord& record() const { return record_; }
  /// Counts the passwords drawn, from 1.
  std::uint64_t generation() const { return generation_; }

  /// After Verifier::on_confirm() gave true on the record of `generation`: of all who used the same
  /// password exactly one hears true, and a new password is drawn. The others must be refused.
  bool consume(std::uint64_t generation);
  /// A new password on request.
  void renew();

 private:
  const crypto::PublicKey host_;
  Random& random_;
  std::uint64_t generation_ = 1;
  std::string symbols_;
  PasswordRecord record_;
};

}  // namespace godesk::auth
