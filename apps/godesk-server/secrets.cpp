#include "secrets.h"

#include "os/files.h"

namespace godesk::server {
namespace {

auth::Identity read_identity(const std::string& path, Random& random) {
  Buffer file = os::read_or_make_secret(
      path, [&] { return auth::encode_key_file(auth::make_identity(random), "", random); });
  // Not bound to this machine: a server's key moves with its data.
  auto identity = auth::decode_key_file(file, "");
  if (!identity)
    throw os::SetupError(
        path + " is damaged; put it back from a backup, or remove it and hand out the new join string.");
  return *identity;
}

os::TlsIdentity read_tls(const std::string& path, const std::string& host, WallTime now) {
  Buffer file = os::read_or_make_secret(path, [&] {
    os::TlsIdentity made = os::make_tls_identity(host, now);
    return to_buffer(bytes_of(made.certificate_pem + made.key_pem));
  });
  // OpenSSL finds in a PEM file what it looks for, so both parts are the whole file.
  return {std::string(text_of(file)), std::string(text_of(file))};
}

std::string read_turn_secret(const std::string& path, Random& random) {
  os::read_or_make_secret(path, [&] { return to_buffer(bytes_of(to_base64url(random.bytes<32>()) + "\n")); });
  return os::read_secret_line(path);
}

}  // namespace

Secrets read_or_make_secrets(const std::string& data_dir, const std::string& host, WallTime now,
                             Random& random) {
  return {read_identity(data_dir + "/identity", random), read_turn_secret(data_dir + "/turn-secret", random),
          read_tls(data_dir + "/tls.pem", host, now)};
}

}  // namespace godesk::server
