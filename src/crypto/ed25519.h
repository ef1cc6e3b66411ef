// Ed25519 signatures (RFC 8032, pure variant). Every signature over a message of ours must start with a
// context string of its own (SECURITY 1); that is the caller's task.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <optional>

#include "base/bytes.h"

namespace godesk::crypto {

/// A device's or a server's name in every protocol of ours.
struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};

  /// Exactly 32 bytes, else nothing. Whether they are a point on the curve shows at verify().
  static std::optional<PublicKey> from(ByteView bytes);
  auto operator<=>(const PublicKey&) const = default;
};

/// The private half: the RFC's 32-byte seed, drawn by the caller.
struct SigningKey {
  std::array<std::uint8_t, 32> seed{};
};

using Signature = std::array<std::uint8_t, 64>;

PublicKey public_key(const SigningKey& key);
Signature sign(const SigningKey& key, ByteView message);
/// False for anything but a valid signature, whatever the lengths and contents.
bool verify(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace godesk::crypto

template <>
struct std::hash<godesk::crypto::PublicKey> {
  std::size_t operator()(const godesk::crypto::PublicKey& key) const noexcept {
    std::size_t value;
    std::memcpy(&value, key.bytes.data(), sizeof value);
    return value;
  }
};
