// Private to this room: ownership of OpenSSL objects and the answer to its failures.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/err.h>

namespace godesk::crypto {

template <auto free_function>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
template <class T, auto free_function>
using Owned = std::unique_ptr<T, Freer<free_function>>;

/// For calls that fail only when memory is short or the library is broken.
inline void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

/// After a failure that is the attacker's doing. A stale entry in OpenSSL's per-thread queue would be taken
/// by the TLS streams of this thread for an error of theirs.
inline void forget_errors() { ERR_clear_error(); }

}  // namespace godesk::crypto
