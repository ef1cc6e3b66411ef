#include "lab/natbox/tun.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace godesk::lab {
namespace {

int checked(int result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// A TUN file belongs to the namespace in which it was opened, wherever its process goes afterwards.
void enter(const std::string& netns) {
  const int fd = checked(::open(netns.c_str(), O_RDONLY | O_CLOEXEC), netns);
  const int entered = ::setns(fd, CLONE_NEWNET);
  ::close(fd);
  checked(entered, "entering " + netns);
}

}  // namespace

Tun::Tun(const std::string& netns, const std::string& interface) {
  enter(netns);
  fd_ = checked(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  checked(::ioctl(fd_, TUNSETIFF, &request), "making interface " + interface);
}

Tun::~Tun() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<Buffer> Tun::read() {
  std::array<std::uint8_t, 65536> space;
  const ssize_t n = ::read(fd_, space.data(), space.size());
  if (n <= 0) return std::nullopt;
  return Buffer(space.begin(), space.begin() + n);
}

// A full or downed interface loses packets, as a router does.
void Tun::write(ByteView packet) { [[maybe_unused]] auto n = ::write(fd_, packet.data(), packet.size()); }

}  // namespace godesk::lab
