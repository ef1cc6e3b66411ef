#include "stun/framing.h"

#include "stun/attributes.h"
#include "stun/demux.h"

namespace godesk::stun {
namespace {

struct Extent {
  std::size_t frame = 0;  // 0: the header is not complete yet
  std::size_t on_wire = 0;
  bool garbage = false;
};

Extent stun_extent(ByteView bytes) {
  Reader r(bytes);
  r.skip(2);
  const std::uint16_t length = r.u16();
  const std::uint32_t cookie = r.u32();
  if (r.failed()) return {};
  const std::size_t size = kHeaderSize + length;
  return {size, size, length % 4 != 0 || cookie != kMagicCookie};
}

Extent channel_extent(ByteView bytes) {
  Reader r(bytes);
  r.skip(2);
  const std::size_t size = kChannelHeaderSize + r.u16();
  if (r.failed()) return {};
  return {size, (size + 3) / 4 * 4, false};
}

Extent extent_of(ByteView bytes, std::uint16_t last_channel) {
  if (kind_of(bytes) == Kind::stun) return stun_extent(bytes);
  const std::uint8_t first = bytes[0];
  if (first >= kFirstChannel >> 8 && first <= last_channel >> 8) return channel_extent(bytes);
  return {0, 0, true};
}

}  // namespace

std::optional<ChannelData> parse_channel_data(ByteView bytes, std::uint16_t last_channel) {
  Reader r(bytes);
  ChannelData c;
  c.channel = r.u16();
  c.payload = r.take(r.u16());
  if (r.failed() || c.channel < kFirstChannel || c.channel > last_channel) return std::nullopt;
  return c;
}

Buffer channel_data(std::uint16_t channel, ByteView payload, bool on_stream) {
  Writer w(kChannelHeaderSize + payload.size() + 3);
  w.u16(channel).u16(static_cast<std::uint16_t>(payload.size())).bytes(payload);
  if (on_stream) w.zeros((4 - payload.size() % 4) % 4);
  return w.take();
}

void Framer::push(ByteView bytes) {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  if (!poisoned_) append(held_, bytes);
}

std::optional<ByteView> Framer::next() {
  const ByteView rest = ByteView(held_).subspan(used_);
  if (poisoned_ || rest.empty()) return std::nullopt;
  const Extent extent = extent_of(rest, last_channel_);
  if (extent.garbage) poisoned_ = true;
  if (poisoned_ || extent.frame == 0 || rest.size() < extent.on_wire) return std::nullopt;
  used_ += extent.on_wire;
  return rest.first(extent.frame);
}

}  // namespace godesk::stun
