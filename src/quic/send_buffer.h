// What one stream has still to send, and what the library still points at.
//
// QUIC stream data is not copied by the library: written bytes stay at their address until acknowledged.
// Bytes therefore live in chunks that never grow beyond the capacity they were born with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "base/bytes.h"

namespace godesk::quic {

class SendBuffer {
 public:
  void push(ByteView bytes);
  void finish() { fin_queued_ = true; }
  bool finished() const { return fin_queued_; }
  /// The library has put that many bytes into a packet; all of them, and the FIN, if `with_fin`.
  void on_sent(std::size_t n, bool with_fin);
  /// The peer has everything up to the stream offset.
  void on_acked(std::uint64_t offset);
  /// Forgets what was not sent and takes no more. What was sent stays for the library.
  void discard_unsent();
  /// After discard_unsent(): an empty end is to be sent after all.
  void send_fin_only() { fin_sent_ = false; }
  bool began() const { return sent_ > 0 || fin_sent_; }

  /// Up to `max` unsent bytes at their final address.
  ByteView front(std::size_t max) const;
  bool pending() const { return unsent() > 0 || (fin_queued_ && !fin_sent_); }
  bool fin_pending() const { return fin_queued_ && !fin_sent_; }
  std::size_t unsent() const { return static_cast<std::size_t>(end_ - sent_); }
  std::size_t unacked() const { return static_cast<std::size_t>(sent_ - acked_); }
  std::size_t held() const { return static_cast<std::size_t>(end_ - acked_); }

 private:
  struct Chunk {
    std::uint64_t begin = 0;  // stream offset
    Buffer bytes;
    std::uint64_t end() const { return begin + bytes.size(); }
  };

  std::deque<Chunk> chunks_;
  std::size_t send_chunk_ = 0;                    // index of the chunk that holds sent_
  std::uint64_t acked_ = 0, sent_ = 0, end_ = 0;  // stream offsets, in this order
  bool fin_queued_ = false, fin_sent_ = false;
};

}  // namespace godesk::quic
