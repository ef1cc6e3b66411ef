// Reaches stun::Framer (push in pieces whose length the first byte says), stun::parse_channel_data and
// stun::kind_of. However the stream is cut, the frames must be the same.
#include <cstdlib>

#include "stun/demux.h"
#include "stun/framing.h"

using namespace godesk;

namespace {

std::vector<Buffer> frames_of(ByteView stream, std::size_t piece) {
  stun::Framer framer;
  std::vector<Buffer> frames;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    framer.push(stream.subspan(at, std::min(piece, stream.size() - at)));
    while (auto frame = framer.next()) frames.push_back(to_buffer(*frame));
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 65536) return 0;
  const ByteView stream(data + 1, size - 1);
  const auto whole = frames_of(stream, 65536);
  if (frames_of(stream, data[0] % 64 + 1u) != whole) std::abort();
  for (const Buffer& frame : whole) {
    const auto channel = stun::parse_channel_data(frame);
    if (stun::kind_of(frame) == stun::Kind::channel_data && !channel) std::abort();
    if (channel && channel->payload.size() + 4 != frame.size()) std::abort();
  }
  (void)stun::parse_channel_data(stream);
  return 0;
}
