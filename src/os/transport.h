// Inside os: one connection as the stream sees it, whatever layers it has. Handlers run on the driver's
// thread, never from within the call that names them, and never after the transport is gone.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "base/bytes.h"

namespace godesk::os {

using Error = boost::system::error_code;

class Transport {
 public:
  virtual ~Transport() = default;

  /// Bytes as they come, or one message; the view lives until the handler returns. One read at a time.
  virtual void read(std::function<void(Error, ByteView)>) = 0;
  /// What the kernel takes at once; nothing where only write() can tell.
  virtual std::optional<std::size_t> try_write(ByteView) { return std::nullopt; }
  /// Some of the bytes (at least one), or the whole message. The view must live until the handler is called.
  virtual void write(ByteView, std::function<void(Error, std::size_t)>) = 0;
  /// Whether one write is one message.
  virtual bool messages() const { return false; }
  /// Says farewell in the layers above TCP, then ends our direction. Reading goes on until
  /// the peer does the same.
  virtual void farewell() = 0;
  /// Drops everything; pending handlers are not called.
  virtual void close() = 0;
};

std::unique_ptr<Transport> make_plain_transport(boost::asio::ip::tcp::socket);

/// Is this how a peer that closed looks like, rather than an error?
bool is_end(const Error&);

/// No delay, and the kernel holds little that is not on its way: what is queued beyond can still be judged by
/// the machine (on_backlog) instead of growing old in a socket buffer.
void tune(boost::asio::ip::tcp::socket&);

}  // namespace godesk::os
