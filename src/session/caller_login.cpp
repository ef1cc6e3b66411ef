#include <algorithm>

#include "auth/password.h"
#include "session/login.h"

namespace godesk::session {

auth::Spake2Terms LoginBinding::terms(const LoginOffer& offer) const {
  return {auth::login_context(bytes_of(protocol), channel, offer), to_buffer(caller.bytes),
          to_buffer(host.bytes)};
}

CallerLogin::CallerLogin(LoginBinding binding, Proof proof, Random& random)
    : binding_(std::move(binding)),
      proof_(std::move(proof)),
      kind_(auth::kind_of(proof_.password)),
      random_(random) {}

LoginStep CallerLogin::on_message(const Control& message) {
  if (auto* refused = std::get_if<Refused>(&message); refused && state_ != State::over) {
    bool wrong = refused->why == Refused::Why::wrong_password;
    return end({wrong ? Outcome::wrong_password : Outcome::refused});
  }
  if (auto* busy = std::get_if<Busy>(&message); busy && state_ == State::shared) {
    return end({Outcome::busy, busy->wait});
  }
  if (auto* offer = std::get_if<Offer>(&message); offer && state_ == State::offer) return on_offer(*offer);
  if (auto* response = std::get_if<Response>(&message); response && state_ == State::shared) {
    return on_response(*response);
  }
  if (auto* accepted = std::get_if<Accepted>(&message); accepted && state_ == State::confirmed) {
    return end({Outcome::admitted, {}, accepted->permissions, kind_});
  }
  return end({Outcome::breach});
}

LoginStep CallerLogin::on_offer(const Offer& offer) {
  if (offer.by_key && proof_.host_known) {
    kind_.reset();
    state_ = State::confirmed;
    return {{Enter{}}, std::nullopt};
  }
  if (proof_.password.empty()) return end({Outcome::refused});
  auto mine = std::find_if(offer.passwords.begin(), offer.passwords.end(),
                           [this](const LoginOffer& o) { return o.kind == kind_; });
  if (mine == offer.passwords.end()) return end({Outcome::breach});
  auto secrets = auth::derive_secrets(proof_.password, binding_.host, *mine);
  if (!secrets) {
    bool ours = secrets.reason() == auth::DeriveError::bad_password;
    return end({ours ? Outcome::wrong_password : Outcome::breach});
  }
  prover_ = std::make_unique<auth::Prover>(binding_.terms(*mine), secrets->w0, secrets->w1, random_);
  state_ = State::shared;
  return {{Share{mine->kind, prover_->share()}}, std::nullopt};
}

LoginStep CallerLogin::on_response(const Response& response) {
  auto confirm = prover_->on_response(response.share, response.confirm);
  if (!confirm) return end({Outcome::wrong_password});
  state_ = State::confirmed;
  return {{Confirm{to_buffer(*confirm)}}, std::nullopt};
}

LoginStep CallerLogin::end(Verdict verdict) {
  state_ = State::over;
  prover_.reset();
  return {{}, verdict};
}

}  // namespace godesk::session
