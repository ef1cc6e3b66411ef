#include "stun/seen.h"

#include <algorithm>

#include "crypto/hash.h"

namespace godesk::stun {

SeenMark seen_mark(const Opening& opening, const IpAddress& address) {
  Writer w;
  w.bytes(bytes_of("GoDesk seen v1")).bytes(opening).bytes(address.bytes());
  const auto digest = crypto::sha256(w.buffer());
  SeenMark mark;
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

}  // namespace godesk::stun
