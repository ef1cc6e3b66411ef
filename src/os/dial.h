// Inside os: makes one outgoing stream out of an OpenStream.
//
//   1. Each target, in the order given, is resolved, or given by name to the HTTP proxy.
//   2. Addresses are raced: the next starts when one failed, or 250 ms after the last while none has
//      connected (RFC 8305 sections 5 and 8, simplified).
//   3. An attempt is TCP, the proxy's CONNECT, TLS, WebSocket, as far as the kind asks for them. The first
//      that has all layers wins; the others are dropped.
//   4. When none is left, the most telling failure is reported.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "base/machine.h"
#include "os/driver.h"
#include "os/resolver.h"
#include "os/tls.h"
#include "os/transport.h"

namespace godesk::os {

/// Made at first use: reading the trust store takes a while.
class ClientContexts {
 public:
  TlsContext& get(bool vouched) {
    auto& context = vouched ? vouched_ : plain_;
    if (!context) context = make_client_context(vouched);
    return *context;
  }

 private:
  std::unique_ptr<TlsContext> plain_, vouched_;
};

struct Dialed {
  std::unique_ptr<Transport> transport;  // null when it failed
  StreamOpened opened;
  StreamClosed closed;
};

class Dial {
 public:
  virtual ~Dial() = default;
  /// Drops all attempts; `done` is not called any more.
  virtual void cancel() = 0;
};

/// `config`, `resolver` and `contexts` must outlive the dial. `done` is called once, never
/// from within this call.
std::shared_ptr<Dial> dial(boost::asio::io_context&, const DriverConfig& config, Resolver& resolver,
                           ClientContexts& contexts, OpenStream what, std::function<void(Dialed)> done);

}  // namespace godesk::os
