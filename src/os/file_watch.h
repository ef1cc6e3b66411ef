// Tells when a file of ours was replaced, by this program or another (inotify on its directory).
#pragma once

#include <string>

namespace godesk::os {

class FileWatch {
 public:
  /// `path` need not exist; its directory must. Without inotify nothing is ever told: fd() is -1.
  explicit FileWatch(const std::string& path);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  /// Readable when something in the directory changed.
  int fd() const { return fd_; }
  /// Takes what is readable: true when it was about this file.
  bool changed();

 private:
  std::string name_;
  int fd_ = -1;
};

}  // namespace godesk::os
