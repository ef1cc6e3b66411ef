// STUN messages and ChannelData on datagrams and in a stream of bytes (RFC 8656 12.4-12.5, RFC 8489 6.2.2).
//
//   1. push() the bytes of a stream as they come.
//   2. next() until it is empty: each frame is one whole STUN message or one ChannelData message.
//   3. poisoned(): the bytes were neither; nothing later can be trusted, close the stream.
//
// A frame is at most 65 kB because its length field is 16 bits; no more than one incomplete frame is kept.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace godesk::stun {

inline constexpr std::uint16_t kFirstChannel = 0x4000;
inline constexpr std::uint16_t kLastChannel = 0x4FFF;
// RFC 5766 had more of them, and clients in use still draw from all. A relay's listeners carry no QUIC, so
// there the first bytes 80..127 can mean nothing else.
inline constexpr std::uint16_t kLastOldChannel = 0x7FFF;
inline constexpr std::size_t kChannelHeaderSize = 4;

struct ChannelData {
  std::uint16_t channel = 0;
  ByteView payload;
};

/// From one datagram or one frame; bytes behind the payload are padding. nullopt: not ChannelData.
std::optional<ChannelData> parse_channel_data(ByteView bytes, std::uint16_t last_channel = kLastChannel);

/// On a stream the message is padded to four bytes, in a datagram it is not.
Buffer channel_data(std::uint16_t channel, ByteView payload, bool on_stream);

class Framer {
 public:
  explicit Framer(std::uint16_t last_channel = kLastChannel) : last_channel_(last_channel) {}

  void push(ByteView bytes);
  /// Without ChannelData padding. Valid until the next push().
  std::optional<ByteView> next();
  bool poisoned() const { return poisoned_; }

 private:
  std::uint16_t last_channel_;
  Buffer held_;
  std::size_t used_ = 0;  // bytes of held_ already given out
  bool poisoned_ = false;
};

}  // namespace godesk::stun
