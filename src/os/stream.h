// Inside os: one open stream: its send queue, its reader, its time limits.
//
//   1. start() reads; each piece goes to Hooks::stream_bytes.
//   2. send() queues and writes what the kernel takes; Hooks::stream_written tells when
//      later writes went out.
//   3. It ends by itself (Hooks::stream_ended, once), or by close(): what is queued is sent, farewell is
//      said, and the peer's is awaited for a while, because closing at once could destroy bytes on their way.
//   4. Hooks::stream_gone is the last call in all cases; the owner lets go of it then.
#pragma once

#include <deque>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/machine.h"
#include "os/transport.h"

namespace godesk::os {

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  class Hooks {
   public:
    virtual void stream_bytes(StreamId, ByteView) = 0;
    virtual void stream_written(StreamId) = 0;
    virtual void stream_ended(StreamId, StreamClosed) = 0;
    virtual void stream_gone(StreamId) = 0;

   protected:
    ~Hooks() = default;
  };
  struct Limits {
    std::size_t max_queued = 0;
    Duration first_byte{};  // 0: as long as it likes
    Duration idle{};        // 0: as long as it likes
    Duration closing{};
  };

  /// `admission` is held until the stream is gone.
  Stream(boost::asio::io_context&, StreamId, std::unique_ptr<Transport>, Hooks&, Limits,
         std::shared_ptr<void> admission = nullptr);

  void start();
  void send(Buffer);
  /// Bytes handed over and not yet accepted by the kernel.
  std::size_t backlog() const { return queued_; }
  void close();
  /// No farewell, no more calls of the hooks. For the end of the driver.
  void drop();

 private:
  void read();
  void pump();
  void fill();
  void sent(std::size_t n);
  void end(StreamClosed::Why, std::string detail);
  void leave();
  void finish_closing();
  void limit(Duration);
  void on_limit();

  boost::asio::io_context& io_;
  StreamId id_;
  std::unique_ptr<Transport> transport_;
  Hooks& hooks_;
  Limits limits_;
  std::shared_ptr<void> admission_;

  std::deque<Buffer> queue_;
  Buffer sending_;
  std::size_t sending_done_ = 0;
  std::size_t queued_ = 0;
  bool writing_ = false;

  enum class Phase { open, flushing, parting, over } phase_ = Phase::open;
  boost::asio::steady_timer timer_;
  bool heard_ = false;  // since the timer was set
};

}  // namespace godesk::os
