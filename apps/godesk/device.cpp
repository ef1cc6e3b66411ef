#include "device.h"

#include <filesystem>

#include "auth/password.h"
#include "crypto/hash.h"
#include "exit_codes.h"

namespace godesk::app {
namespace {

/// A file name that any target can have: IPv6 literals contain colons and brackets.
std::string pin_name(const char* kind, const std::string& target) {
  return std::string("pins/") + kind + "/" + to_hex(bytes_of(target));
}

std::string server_name(const rendezvous::Join& server) {
  return server.hosts.front() + ":" + std::to_string(server.tls_port);
}

auth::Identity load_identity(const std::string& path, Random& random, LogSink& log) {
  const Buffer id = os::machine_id();
  const std::string machine(text_of(id));
  if (auto file = os::read_secret(path)) {
    auto identity = auth::decode_key_file(*file, machine);
    if (identity) return *identity;
    if (identity.reason() == auth::KeyFileError::malformed) {
      throw Stop(Exit::local,
                 "The key file " + path + " is damaged: restore it, or remove it to get a new ID.");
    }
    log.write(LogLevel::warning, "This disk was copied from another machine: a new key and ID are made.");
  }
  auto identity = auth::make_identity(random);
  os::write_secret(path, auth::encode_key_file(identity, machine, random));
  return identity;
}

}  // namespace

Device::Device(std::string directory, Random& random, LogSink& log) : directory_(std::move(directory)) {
  os::make_private_directory(directory_);
  identity_ = load_identity(path("identity"), random, log);
}

std::optional<crypto::PublicKey> Device::pinned_host(const std::string& target) const {
  return read_pin(pin_name("hosts", target));
}

void Device::pin_host(const std::string& target, const crypto::PublicKey& key) const {
  os::make_private_directory(path("pins"));
  os::make_private_directory(path("pins/hosts"));
  os::write_secret(path(pin_name("hosts", target)), key.bytes);
}

bool Device::forget_host(const std::string& target) const {
  std::error_code error;
  return std::filesystem::remove(path(pin_name("hosts", target)), error);
}

std::optional<crypto::PublicKey> Device::pinned_server(const rendezvous::Join& server) const {
  if (server.key) return std::nullopt;
  return read_pin(pin_name("servers", server_name(server)));
}

void Device::pin_server(const rendezvous::Join& server, const crypto::PublicKey& key) const {
  if (server.key) return;
  os::make_private_directory(path("pins"));
  os::make_private_directory(path("pins/servers"));
  os::write_secret(path(pin_name("servers", server_name(server))), key.bytes);
}

auth::PasswordRecord Device::unattended_from(const std::string& file, Random& random) const {
  const std::string password = os::read_secret_line(file);
  if (auto fault = auth::unattended_fault(password)) throw Stop(Exit::usage, std::string(to_string(*fault)));
  auto record = auth::make_record(password, identity_.public_key, random);
  if (!record) throw Stop(Exit::usage, "The password in " + file + " cannot be used.");
  return *record;
}

auth::AuthorisedKeys Device::authorised_keys() const {
  const auto file = os::read_secret(authorised_file());
  if (!file) return {};
  auto keys = auth::AuthorisedKeys::decode(text_of(*file));
  if (!keys) {
    throw Stop(Exit::local, "The file " + authorised_file() + " is damaged: remove it, and authorise again.");
  }
  return std::move(*keys);
}

void Device::write_authorised_keys(const auth::AuthorisedKeys& keys) const {
  os::write_secret(authorised_file(), bytes_of(keys.encode()));
}

Buffer Device::guess_state() const { return os::read_secret(path("guesses")).value_or(Buffer{}); }

std::optional<crypto::PublicKey> Device::read_pin(const std::string& name) const {
  auto bytes = os::read_secret(path(name));
  if (!bytes) return std::nullopt;
  auto key = crypto::PublicKey::from(*bytes);
  if (!key) throw Stop(Exit::local, "The file " + path(name) + " is damaged: remove it to pin the key anew.");
  return key;
}

}  // namespace godesk::app
