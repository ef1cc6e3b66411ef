// The server's devices on disk: one SQLite file, in write-ahead mode, every new row on stable storage before
// the device hears its ID. A server that is killed in the middle loses nothing it has told anyone.
//
// One process opens the file at a time (os::FileLock on the data directory is the caller's). It never
// repairs or replaces a damaged file: IDs that people know are in it.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "rendezvous/registry.h"

namespace godesk::os {

class SqliteStore final : public rendezvous::Registry {
 public:
  /// Opens `path`, or makes it 0600 in a directory 0700. Throws SetupError when it is damaged, made by a
  /// newer version, another user's or open to others; FileError when the disk fails.
  SqliteStore(const std::string& path, LogSink& log);
  ~SqliteStore() override;

  std::optional<rendezvous::Device> find(const crypto::PublicKey& key) override;
  std::optional<rendezvous::Device> find(const auth::DeviceId& id) override;
  Insert insert(const auth::DeviceId& id, const crypto::PublicKey& key) override;

 private:
  class Database;
  std::unique_ptr<Database> database_;
};

}  // namespace godesk::os
