// The seam to where the server keeps its devices: which key has which 9-digit ID. os/store_sqlite keeps
// them on disk; MemoryRegistry is for tests and the virtual world.
#pragma once

#include <map>
#include <optional>

#include "auth/device_id.h"
#include "crypto/ed25519.h"

namespace godesk::rendezvous {

struct Device {
  auth::DeviceId id;
  crypto::PublicKey key;
  std::uint32_t generation = 0;  // raised to revoke everything derived from the row
  bool operator==(const Device&) const = default;
};

class Registry {
 public:
  enum class Insert {
    done,       // on stable storage
    id_taken,   // draw another
    key_taken,  // the key has an ID already
    failed,     // storage trouble, logged by the registry
  };

  virtual ~Registry() = default;
  virtual std::optional<Device> find(const crypto::PublicKey& key) = 0;
  virtual std::optional<Device> find(const auth::DeviceId& id) = 0;
  /// Generation 0. Never changes an existing row.
  virtual Insert insert(const auth::DeviceId& id, const crypto::PublicKey& key) = 0;
};

class MemoryRegistry final : public Registry {
 public:
  std::optional<Device> find(const crypto::PublicKey& key) override;
  std::optional<Device> find(const auth::DeviceId& id) override;
  Insert insert(const auth::DeviceId& id, const crypto::PublicKey& key) override;

 private:
  std::map<crypto::PublicKey, Device> by_key_;
  std::map<auth::DeviceId, crypto::PublicKey> by_id_;
};

}  // namespace godesk::rendezvous
