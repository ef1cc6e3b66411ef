// Inside os: listening TCP sockets, and what becomes of the connections they give.
//
//   1. A connection beyond the limits (in all, or of its source) is closed at once and counted.
//   2. On a TLS port: handshake; ALPN, else the first byte, says STUN or HTTP; HTTP must become a WebSocket.
//   3. What is ready in time is handed over; anything else is closed and counted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/machine.h"
#include "os/driver.h"
#include "os/tls.h"
#include "os/transport.h"

namespace godesk::os {

/// Counts accepted streams, in all and by source, against the limits.
class Admissions {
 public:
  explicit Admissions(const DriverConfig& config) : config_(config) {}
  /// A ticket to be held as long as the stream lives; null when it must be refused.
  std::shared_ptr<void> admit(const IpAddress& from);

 private:
  const DriverConfig& config_;
  std::size_t all_ = 0;
  std::map<IpAddress, std::size_t> by_source_;
};

struct Arrival {
  Accepted::Kind kind = Accepted::Kind::tcp;
  std::unique_ptr<Transport> transport;
  StreamOpened opened;
  std::shared_ptr<void> admission;
  std::string path{};  // of a WebSocket
};

struct TlsListening {
  TlsIdentity identity;
  std::vector<std::string> websocket_paths;
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual Endpoint local() const = 0;
};

/// Plain TCP without `tls`. All references must outlive the listener.
Result<std::unique_ptr<Listener>, ListenFailure> listen(boost::asio::io_context&, const DriverConfig&,
                                                        Admissions&, Driver::Counts&, const Endpoint& local,
                                                        const TlsListening* tls,
                                                        std::function<void(Arrival)> arrived);

}  // namespace godesk::os
