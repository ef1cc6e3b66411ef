#include "rendezvous/registry.h"

namespace godesk::rendezvous {

std::optional<Device> MemoryRegistry::find(const crypto::PublicKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  return found->second;
}

std::optional<Device> MemoryRegistry::find(const auth::DeviceId& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return find(found->second);
}

Registry::Insert MemoryRegistry::insert(const auth::DeviceId& id, const crypto::PublicKey& key) {
  if (by_key_.count(key)) return Insert::key_taken;
  if (!by_id_.emplace(id, key).second) return Insert::id_taken;
  by_key_[key] = Device{id, key, 0};
  return Insert::done;
}

}  // namespace godesk::rendezvous
