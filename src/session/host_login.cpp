#include "session/login.h"
#include "session/permissions.h"

namespace godesk::session {

HostLogin::HostLogin(LoginBinding binding, Gatekeeper& gatekeeper, Random& random)
    : binding_(std::move(binding)), gatekeeper_(gatekeeper), random_(random) {}

Control HostLogin::start(Time now) {
  return Offer{gatekeeper_.offers(), gatekeeper_.authorised(now, binding_.caller)};
}

LoginStep HostLogin::on_message(Time now, const Control& message) {
  if (auto* share = std::get_if<Share>(&message); share && state_ == State::share) {
    return on_share(now, *share);
  }
  if (auto* confirm = std::get_if<Confirm>(&message); confirm && state_ == State::confirm) {
    return on_confirm(now, *confirm);
  }
  if (std::holds_alternative<Enter>(message) && state_ == State::share) return on_enter(now);
  return end({}, {Outcome::breach});
}

LoginStep HostLogin::on_share(Time now, const Share& share) {
  auto busy = [&](Duration wait) { return end({Busy{wait}}, {Outcome::busy, wait}); };
  if (Duration wait = gatekeeper_.wait(now, binding_.caller, share.kind); wait > Duration{})
    return busy(wait);
  auto guess = gatekeeper_.spend(now, binding_.caller, share.kind);
  if (!guess) return busy(gatekeeper_.wait(now, binding_.caller, share.kind));

  kind_ = share.kind;
  generation_ = guess->generation;
  verifier_ = std::make_unique<auth::Verifier>(binding_.terms(guess->record.offer), guess->record.w0,
                                               guess->record.l, random_);
  auto response = verifier_->on_share(share.share);
  if (!response) return end({}, {Outcome::breach});
  state_ = State::confirm;
  return {{Response{response->share_v, to_buffer(response->confirm_v)}}, std::nullopt};
}

LoginStep HostLogin::on_confirm(Time now, const Confirm& confirm) {
  const bool proved = verifier_->on_confirm(confirm.confirm);
  if (!proved || !gatekeeper_.admit(now, binding_.caller, kind_, generation_)) {
    return end({Refused{Refused::Why::wrong_password}}, {Outcome::wrong_password});
  }
  const std::uint32_t permissions = defaults_of(kind_).bits();
  return end({Accepted{permissions}}, {Outcome::admitted, {}, permissions, kind_});
}

/// The offer may be old by now: the right is asked for again.
LoginStep HostLogin::on_enter(Time now) {
  const auto permissions = gatekeeper_.authorised(now, binding_.caller);
  if (!permissions) return end({Refused{Refused::Why::refused}}, {Outcome::refused});
  return end({Accepted{*permissions}}, {Outcome::admitted, {}, *permissions, std::nullopt});
}

LoginStep HostLogin::end(std::vector<Control> answers, Verdict verdict) {
  state_ = State::over;
  verifier_.reset();
  return {std::move(answers), verdict};
}

}  // namespace godesk::session
