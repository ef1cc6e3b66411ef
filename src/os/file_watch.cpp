#include "os/file_watch.h"

#include <filesystem>

#include <sys/inotify.h>
#include <unistd.h>

namespace godesk::os {

FileWatch::FileWatch(const std::string& path) {
  const std::filesystem::path file(path);
  name_ = file.filename().string();
  fd_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd_ < 0) return;
  const auto events = static_cast<std::uint32_t>(IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM);
  if (::inotify_add_watch(fd_, file.parent_path().c_str(), events) >= 0) return;
  ::close(fd_);
  fd_ = -1;
}

FileWatch::~FileWatch() {
  if (fd_ >= 0) ::close(fd_);
}

bool FileWatch::changed() {
  bool ours = false;
  alignas(inotify_event) char buffer[4096];
  for (ssize_t n = 0; (n = ::read(fd_, buffer, sizeof buffer)) > 0;) {
    for (char* at = buffer; at < buffer + n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      ours |= (event->mask & IN_Q_OVERFLOW) != 0 || (event->len > 0 && name_ == event->name);
      at += sizeof(inotify_event) + event->len;
    }
  }
  return ours;
}

}  // namespace godesk::os
