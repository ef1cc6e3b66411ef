// Files that hold state and secrets (SECURITY 8): directories 0700, secrets 0600, never through a symbolic
// link, replaced whole or not at all.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/bytes.h"

namespace godesk::os {

/// Something only the user can put right, in one plain sentence that says how. Programs print it and exit 2.
class SetupError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The machine failed us (disk full, I/O error). Programs print it and exit 1.
class FileError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where `program` ("godesk", "godesk-server") keeps its data: /var/lib/godesk-server for the server as root,
/// else $XDG_DATA_HOME/program, else ~/.local/share/program.
std::string default_data_dir(const std::string& program);
/// $XDG_CONFIG_HOME/godesk/config.toml, else ~/.config/godesk/config.toml.
std::string default_config_file();

/// Makes `path` (and parents) 0700 unless it exists. Throws SetupError when it exists and is another user's
/// or open to others.
void make_private_directory(const std::string& path);

/// The content of a secret file, or nothing when there is none. Throws SetupError when it is a link, not a
/// plain file, another user's or readable by others, or longer than 1 MiB.
std::optional<Buffer> read_secret(const std::string& path);
/// Replaces the file as a whole, 0600, and waits for the disk.
void write_secret(const std::string& path, ByteView content);
/// Reads the secret, or makes and writes it.
Buffer read_or_make_secret(const std::string& path, const std::function<Buffer()>& make);
/// The first line of a secret file (password, shared secret). Throws SetupError when it is missing or empty.
std::string read_secret_line(const std::string& path);

/// A lock held until destruction or the end of the process.
class FileLock {
 public:
  /// Nothing when another process holds it.
  static std::optional<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

/// What names this installation (machine-id(5)); empty where there is none.
Buffer machine_id();

}  // namespace godesk::os
