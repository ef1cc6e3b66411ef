#include "os/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/random.h"

namespace godesk::os {

namespace {

constexpr std::size_t kMaxSecret = 1u << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw FileError(what + " " + path + ": " + std::strerror(errno) + ".");
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string home_below(const char* variable, const std::string& otherwise) {
  std::string base = environment(variable);
  if (!base.empty() && base.front() == '/') return base;
  std::string home = environment("HOME");
  if (home.empty())
    throw SetupError("No home directory is known; set HOME, or name a directory with --data-dir.");
  return home + otherwise;
}

void check_private(const struct stat& info, const std::string& path) {
  if (info.st_uid != ::geteuid())
    throw SetupError(path + " belongs to another user; give it to the one who runs this (chown).");
  if (info.st_mode & 077)
    throw SetupError(path + " can be read or changed by others; make it private with chmod go= '" + path +
                     "'.");
}

Buffer read_all(int fd, const std::string& path) {
  Buffer content;
  std::uint8_t chunk[4096];
  while (true) {
    ssize_t n = ::read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("Cannot read", path);
    if (n == 0) return content;
    append(content, ByteView(chunk, static_cast<std::size_t>(n)));
    if (content.size() > kMaxSecret) throw SetupError(path + " is too long to be a secret.");
  }
}

void write_all(int fd, ByteView content, const std::string& path) {
  while (!content.empty()) {
    ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("Cannot write", path);
    content = content.subspan(static_cast<std::size_t>(n));
  }
}

std::string directory_of(const std::string& path) {
  auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

/// The rename is lasting only when the directory has reached the disk too.
void sync_directory(const std::string& directory) {
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.ok()) ::fsync(fd.get());
}

}  // namespace

std::string default_data_dir(const std::string& program) {
  if (program == "godesk-server" && ::geteuid() == 0) return "/var/lib/godesk-server";
  return home_below("XDG_DATA_HOME", "/.local/share") + "/" + program;
}

std::string default_config_file() {
  return home_below("XDG_CONFIG_HOME", "/.config") + "/godesk/config.toml";
}

void make_private_directory(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode))
      throw SetupError(path + " is not a directory; name another one with --data-dir.");
    return check_private(info, path);
  }
  std::string parent = directory_of(path);
  if (::stat(parent.c_str(), &info) != 0) {
    std::error_code error;
    std::filesystem::create_directories(parent, error);
    if (error)
      throw SetupError("Cannot make " + parent + ": " + error.message() +
                       "; name another directory with --data-dir.");
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw SetupError("Cannot make " + path + ": " + std::strerror(errno) +
                     "; name another directory with --data-dir.");
}

std::optional<Buffer> read_secret(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok() && errno == ENOENT) return std::nullopt;
  if (!fd.ok() && errno == ELOOP) throw SetupError(path + " is a symbolic link; put the file itself there.");
  if (!fd.ok()) throw SetupError("Cannot open " + path + ": " + std::strerror(errno) + ".");
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) fail("Cannot read", path);
  if (!S_ISREG(info.st_mode)) throw SetupError(path + " is not a plain file.");
  check_private(info, path);
  return read_all(fd.get(), path);
}

void write_secret(const std::string& path, ByteView content) {
  OsRandom random;
  std::string temporary = path + "." + to_hex(random.bytes<8>()) + ".tmp";
  try {
    Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.ok()) fail("Cannot make", temporary);
    write_all(fd.get(), content, temporary);
    if (::fsync(fd.get()) != 0) fail("Cannot write", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail("Cannot replace", path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_directory(directory_of(path));
}

Buffer read_or_make_secret(const std::string& path, const std::function<Buffer()>& make) {
  if (auto content = read_secret(path)) return *content;
  Buffer made = make();
  write_secret(path, made);
  return made;
}

std::string read_secret_line(const std::string& path) {
  auto content = read_secret(path);
  if (!content) throw SetupError("There is no file " + path + ".");
  std::string_view text = text_of(*content);
  std::string_view line = text.substr(0, text.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty()) throw SetupError("The first line of " + path + " is empty; it must hold the secret.");
  return std::string(line);
}

std::optional<FileLock> FileLock::take(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) fail("Cannot open", path);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return FileLock(fd);
  int error = errno;
  ::close(fd);
  if (error == EWOULDBLOCK) return std::nullopt;
  errno = error;
  fail("Cannot lock", path);
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Buffer machine_id() {
  for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
    Descriptor fd(::open(path, O_RDONLY | O_CLOEXEC));
    if (!fd.ok()) continue;
    Buffer content = read_all(fd.get(), path);
    auto end = std::find(content.begin(), content.end(), '\n');
    if (end != content.begin()) return Buffer(content.begin(), end);
  }
  return {};
}

}  // namespace godesk::os
