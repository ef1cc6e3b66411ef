// What a device keeps: its key, the keys it pinned, its unattended password, its spent guesses.
//
//   DATA/identity            the Ed25519 key, bound to this machine
//   DATA/pins/hosts/NAME     a host's key, by ID or address
//   DATA/pins/servers/NAME   a bare server's identity key
//   DATA/authorised          who may enter by key alone
//   DATA/unattended          the verifier of the unattended password
//   DATA/guesses             the guess limiter
//   DATA/networks            where UDP is blocked
//   DATA/pairs               how hosts were reached from where, in hashes
//   DATA/host.lock           one `host` at a time
#pragma once

#include <optional>
#include <string>

#include "auth/authorised_keys.h"
#include "auth/identity.h"
#include "auth/login_context.h"
#include "base/log.h"
#include "base/random.h"
#include "host/door.h"
#include "os/files.h"
#include "rendezvous/join.h"

namespace godesk::app {

class Device {
 public:
  /// Reads or makes the key. A clone of another machine's disk gets a new key, and says so.
  Device(std::string directory, Random& random, LogSink& log);

  const auth::Identity& identity() const { return identity_; }

  std::optional<crypto::PublicKey> pinned_host(const std::string& target) const;
  void pin_host(const std::string& target, const crypto::PublicKey& key) const;
  /// False when nothing was pinned.
  bool forget_host(const std::string& target) const;
  /// Bare servers only: a join string carries its own proof.
  std::optional<crypto::PublicKey> pinned_server(const rendezvous::Join& server) const;
  void pin_server(const rendezvous::Join& server, const crypto::PublicKey& key) const;

  /// The verifier of the password in `file`'s first line, checked against the policy. Throws Stop{usage}.
  auth::PasswordRecord unattended_from(const std::string& file, Random& random) const;
  auth::AuthorisedKeys authorised_keys() const;
  void write_authorised_keys(const auth::AuthorisedKeys& keys) const;
  std::string authorised_file() const { return path("authorised"); }
  Buffer guess_state() const;
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

 private:
  std::optional<crypto::PublicKey> read_pin(const std::string& name) const;

  std::string directory_;
  auth::Identity identity_;
};

class GuessFile final : public host::GuessStore {
 public:
  explicit GuessFile(std::string path) : path_(std::move(path)) {}
  void save(ByteView state) override { os::write_secret(path_, state); }

 private:
  std::string path_;
};

}  // namespace godesk::app
