#include "quic/types.h"

namespace godesk::quic {

const char* to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::local:
      return "local";
    case CloseReason::peer:
      return "peer";
    case CloseReason::idle:
      return "idle";
    case CloseReason::handshake_timeout:
      return "handshake-timeout";
    case CloseReason::key_refused:
      return "key-refused";
    case CloseReason::tls:
      return "tls";
    case CloseReason::transport:
      return "transport";
    case CloseReason::dropped:
      return "dropped";
    case CloseReason::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace godesk::quic
