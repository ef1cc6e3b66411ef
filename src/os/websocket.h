// Inside os: WebSocket (RFC 6455) in TLS, both ends. The only user of Beast.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "os/tls.h"

namespace godesk::os {

struct WebSocketResult {
  std::unique_ptr<Transport> transport;  // null when it failed
  std::string why;
  std::string path{};  // that was asked for
};
using OnWebSocket = std::function<void(WebSocketResult)>;

/// Asks for an upgrade of `path` at `host` (the Host header).
void websocket_connect(std::unique_ptr<TlsSocket>, const std::string& host, const std::string& path,
                       std::size_t max_message, OnWebSocket);
/// Answers one HTTP request, of which `early` was read already. Only an upgrade of one of `paths` succeeds.
void websocket_accept(std::unique_ptr<TlsSocket>, Buffer early, const std::vector<std::string>& paths,
                      std::size_t max_message, OnWebSocket);

}  // namespace godesk::os
