#include "os/random.h"

#include <cerrno>
#include <system_error>

#include <sys/random.h>

namespace godesk::os {

void OsRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    ssize_t n = getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace godesk::os
