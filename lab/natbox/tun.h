// A TUN interface made in another network namespace: the other end of it is an ordinary interface there.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace godesk::lab {

class Tun {
 public:
  /// `netns` is the path of a namespace. Throws std::system_error.
  Tun(const std::string& netns, const std::string& interface);
  Tun(Tun&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Tun& operator=(Tun&&) = delete;
  ~Tun();

  int fd() const { return fd_; }
  /// The next packet, nothing when there is none now.
  std::optional<Buffer> read();
  void write(ByteView packet);

 private:
  int fd_ = -1;
};

}  // namespace godesk::lab
