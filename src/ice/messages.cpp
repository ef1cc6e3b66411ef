#include "ice/messages.h"

namespace godesk::ice {

using stun::Attr;
using stun::Class;
using stun::Method;

std::optional<Username> username(const stun::Message& message) {
  auto text = message.username();
  if (!text) return std::nullopt;
  auto colon = text->find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Username{text->substr(0, colon), text->substr(colon + 1)};
}

Result<CheckRequest, DropReason> read_request(const stun::Message& message, std::string_view pwd) {
  if (!message.verify(bytes_of(pwd))) return Failure{DropReason::bad_integrity};
  if (!message.unknown_required().empty()) return Failure{DropReason::unknown_attribute};
  auto wanted = message.priority();
  auto controlling = message.ice_controlling(), controlled = message.ice_controlled();
  if (!wanted || *wanted == 0 || *wanted > 0x7fffffffu || (!controlling && !controlled))
    return Failure{DropReason::missing_attribute};
  CheckRequest request;
  request.transaction = message.transaction();
  request.priority = *wanted;
  request.controlling = controlling.has_value();
  request.tie_breaker = controlling ? *controlling : *controlled;
  request.use_candidate = message.use_candidate();
  request.nomination = message.nomination();
  request.epoch = message.quic_epoch();
  return request;
}

Buffer write_check(const OutgoingCheck& check) {
  stun::Builder builder(Class::request, Method::binding, check.transaction);
  builder.text(Attr::username, check.remote->ufrag + ":" + check.local->ufrag);
  builder.u32(Attr::priority, check.priority);
  builder.u64(check.controlling ? Attr::ice_controlling : Attr::ice_controlled, check.tie_breaker);
  if (check.nomination) builder.flag(Attr::use_candidate).u32(Attr::nomination, *check.nomination);
  if (check.epoch) builder.u32(Attr::quic_epoch, *check.epoch);
  constexpr std::size_t kFillerHeader = 4, kIntegrityAndFingerprint = 24 + 8;
  const std::size_t least = builder.size() + kFillerHeader + kIntegrityAndFingerprint;
  if (check.bytes >= least) builder.bytes(Attr::filler, Buffer(check.bytes - least));
  return builder.integrity_sha1(bytes_of(check.remote->pwd)).finish_with_fingerprint();
}

Buffer write_success(const stun::TransactionId& transaction, const Endpoint& seen, std::string_view pwd) {
  return stun::Builder(Class::success, Method::binding, transaction)
      .mapped(seen)
      .integrity_sha1(bytes_of(pwd))
      .finish_with_fingerprint();
}

Buffer write_role_conflict(const stun::TransactionId& transaction, std::string_view pwd) {
  return stun::Builder(Class::error, Method::binding, transaction)
      .error(stun::code::kRoleConflict, "Role Conflict")
      .integrity_sha1(bytes_of(pwd))
      .finish_with_fingerprint();
}

}  // namespace godesk::ice
