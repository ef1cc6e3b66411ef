// Both halves of the login, as state machines over messages (SECURITY 2).
//
//   caller                              host
//                                  <-   Offer
//   (stretches the password)
//   Share                          ->
//                                  <-   Busy | Response        a guess is spent here
//   (checks confirmV)
//   Confirm                        ->
//                                  <-   Accepted | Refused
//
// A caller whose key the host's user authorised hears so in the offer. If the host proved this caller's
// password before (its key is pinned), it answers Enter in place of Share and is accepted; from an unknown
// host such an offer counts for nothing, or anyone could show a false desktop to who was sent to its key.
//
// The host speaks first: its offer comes with the end of the QUIC handshake and costs no round trip.
// Each takes one message and gives the answers and, at the end, a verdict. One login serves one connection:
// after the verdict every message is a breach. Neither knows streams, time limits or permissions of others.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/spake2plus.h"
#include "base/random.h"
#include "crypto/ed25519.h"
#include "session/gatekeeper.h"
#include "session/messages.h"

namespace godesk::session {

enum class Outcome : std::uint8_t {
  admitted,        // both sides proved the password
  wrong_password,  // or someone in between
  busy,            // no guess is allowed now, see `wait`
  refused,         // the host wants no one
  breach,          // the peer did not keep to the protocol
};

struct Verdict {
  Outcome outcome{};
  Duration wait{};                     // with busy
  std::uint32_t permissions = 0;       // with admitted
  std::optional<PasswordKind> kind{};  // with admitted; none: by key
};

struct LoginStep {
  std::vector<Control> answers;
  std::optional<Verdict> verdict;
};

/// What binds a login to its connection: the words of the SPAKE2+ context and identities.
struct LoginBinding {
  std::string protocol;  // ALPN
  Buffer channel;        // binding() of the channel
  crypto::PublicKey caller, host;

  auth::Spake2Terms terms(const LoginOffer& offer) const;
};

/// What a caller brings. An empty password: its key alone.
struct Proof {
  std::string password;
  bool host_known = false;  // its key is pinned: it proved a password to us before
};

class CallerLogin {
 public:
  /// `random` must outlive this.
  CallerLogin(LoginBinding binding, Proof proof, Random& random);

  LoginStep on_message(const Control& message);

 private:
  LoginStep on_offer(const Offer& offer);
  LoginStep on_response(const Response& response);
  LoginStep end(Verdict verdict);

  enum class State { offer, shared, confirmed, over } state_ = State::offer;
  LoginBinding binding_;
  Proof proof_;
  std::optional<PasswordKind> kind_;
  Random& random_;
  std::unique_ptr<auth::Prover> prover_;
};

class HostLogin {
 public:
  HostLogin(LoginBinding binding, Gatekeeper& gatekeeper, Random& random);

  Control start(Time now);
  LoginStep on_message(Time now, const Control& message);

 private:
  LoginStep on_share(Time now, const Share& share);
  LoginStep on_confirm(Time now, const Confirm& confirm);
  LoginStep on_enter(Time now);
  LoginStep end(std::vector<Control> answers, Verdict verdict);

  enum class State { share, confirm, over } state_ = State::share;
  LoginBinding binding_;
  Gatekeeper& gatekeeper_;
  Random& random_;
  PasswordKind kind_{};
  std::uint64_t generation_ = 0;
  std::unique_ptr<auth::Verifier> verifier_;
};

}  // namespace godesk::session
