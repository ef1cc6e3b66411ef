#include "base/varint.h"
#include "session/messages.h"

namespace godesk::session {
namespace {

constexpr std::uint16_t kMaxCoordinate = 16383;

struct ToBytes {
  template <class Move>
  Buffer move(DatagramKind kind, const Move& m) const {
    return Writer(9).u8(static_cast<std::uint8_t>(kind)).u32(m.sequence).u16(m.x).u16(m.y).take();
  }
  Buffer operator()(const PointerMove& m) const { return move(DatagramKind::pointer, m); }
  Buffer operator()(const CursorMove& m) const { return move(DatagramKind::cursor, m); }
  Buffer operator()(const SoundPacket& m) const {
    return Writer(9 + m.packet.size())
        .u8(static_cast<std::uint8_t>(DatagramKind::sound))
        .u32(m.sequence)
        .u16(m.picture)
        .u16(static_cast<std::uint16_t>(m.after_ms))
        .bytes(m.packet)
        .take();
  }
};

Result<DatagramMessage, MessageError> sound_from(std::uint32_t sequence, Reader& in) {
  const std::uint16_t picture = in.u16();
  const auto after_ms = static_cast<std::int16_t>(in.u16());
  if (in.failed() || in.empty() || in.left() > kMaxSoundPacket) return Failure{MessageError::bad_length};
  return DatagramMessage(SoundPacket{sequence, picture, after_ms, to_buffer(in.rest())});
}

}  // namespace

std::string_view name(MessageError error) {
  switch (error) {
    case MessageError::malformed:
      return "malformed";
    case MessageError::unknown:
      return "unknown";
    case MessageError::bad_length:
      return "bad length";
    case MessageError::bad_value:
      return "bad value";
  }
  return "malformed";
}

Buffer encode(const ScreenUpdate& message) {
  Writer out(16 + message.update.size());
  put_varint(out, message.capture_us);
  put_varint(out, message.encode_us);
  return out.bytes(message.update).take();
}

Result<ScreenUpdate, MessageError> decode_screen(ByteView bytes) {
  Reader in(bytes);
  ScreenUpdate message;
  const std::uint64_t capture = take_varint(in), encode = take_varint(in);
  if (in.failed() || in.empty()) return Failure{MessageError::bad_length};
  if (capture > UINT32_MAX || encode > UINT32_MAX) return Failure{MessageError::bad_value};
  message.capture_us = static_cast<std::uint32_t>(capture);
  message.encode_us = static_cast<std::uint32_t>(encode);
  message.update = to_buffer(in.rest());
  return message;
}

Buffer encode(const DatagramMessage& message) { return std::visit(ToBytes{}, message); }

Result<DatagramMessage, MessageError> decode_datagram(ByteView bytes) {
  Reader in(bytes);
  const std::uint8_t kind = in.u8();
  const std::uint32_t sequence = in.u32();
  if (static_cast<DatagramKind>(kind) == DatagramKind::sound) return sound_from(sequence, in);
  const std::uint16_t x = in.u16(), y = in.u16();
  if (in.failed() || !in.empty()) return Failure{MessageError::bad_length};
  if (x > kMaxCoordinate || y > kMaxCoordinate) return Failure{MessageError::bad_value};
  switch (static_cast<DatagramKind>(kind)) {
    case DatagramKind::pointer:
      return DatagramMessage(PointerMove{sequence, x, y});
    case DatagramKind::cursor:
      return DatagramMessage(CursorMove{sequence, x, y});
    case DatagramKind::sound:
      break;
  }
  return Failure{MessageError::unknown};
}

}  // namespace godesk::session
