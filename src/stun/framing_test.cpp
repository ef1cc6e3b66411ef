#include "stun/framing.h"

#include <gtest/gtest.h>

#include "stun/stun.h"

namespace godesk::stun {
namespace {

constexpr TransactionId kId = {9};

struct Sample {
  Buffer wire;
  std::vector<Buffer> frames;
};

Sample sample() {
  Sample s;
  auto add = [&](Buffer wire, std::size_t frame) {
    s.frames.push_back(Buffer(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(frame)));
    append(s.wire, wire);
  };
  Buffer request =
      Builder(Class::request, Method::binding, kId).u32(Attr::priority, 1).finish_with_fingerprint();
  add(request, request.size());
  for (std::size_t n : {0u, 1u, 2u, 3u, 4u, 500u}) add(channel_data(0x4000, Buffer(n, 7), true), 4 + n);
  add(request, request.size());
  return s;
}

TEST(Framer, SplitsWhereverTheStreamIsCut) {
  const Sample s = sample();
  for (std::size_t chunk : {1u, 2u, 3u, 5u, 19u, 4096u}) {
    Framer framer;
    std::vector<Buffer> got;
    for (std::size_t at = 0; at < s.wire.size(); at += chunk) {
      framer.push(ByteView(s.wire).subspan(at, std::min(chunk, s.wire.size() - at)));
      while (auto frame = framer.next()) got.push_back(to_buffer(*frame));
    }
    EXPECT_EQ(got, s.frames) << chunk;
    EXPECT_FALSE(framer.poisoned());
  }
}

TEST(Framer, GarbagePoisonsForGood) {
  const Buffer good = channel_data(0x4000, Buffer(4), true);
  const Buffer http = to_buffer(bytes_of("POST / HTTP/1.1\r\n"));
  Buffer no_cookie = Builder(Class::request, Method::binding, kId).finish();
  no_cookie[4] = 0;
  Buffer odd = Builder(Class::request, Method::binding, kId).finish();
  odd[3] = 2;
  for (const Buffer& bad : {http, no_cookie, odd, Buffer{0x80}}) {
    Framer framer;
    framer.push(good);
    framer.push(bad);
    framer.push(good);
    std::size_t frames = 0;
    while (framer.next()) ++frames;
    EXPECT_EQ(frames, 0u + 1u);
    EXPECT_TRUE(framer.poisoned());
    framer.push(good);
    EXPECT_FALSE(framer.next());
  }
}

TEST(ChannelData, ReadsBackAndRefusesOtherNumbers) {
  const Buffer payload = {1, 2, 3};
  for (bool on_stream : {false, true}) {
    Buffer wire = channel_data(0x4FFF, payload, on_stream);
    EXPECT_EQ(wire.size(), on_stream ? 8u : 7u);
    auto c = parse_channel_data(wire);
    ASSERT_TRUE(c);
    EXPECT_EQ(c->channel, 0x4FFF);
    EXPECT_TRUE(same_bytes(c->payload, payload));
    EXPECT_FALSE(parse_channel_data(ByteView(wire).first(6)));
  }
  EXPECT_FALSE(parse_channel_data(channel_data(0x5000, payload, false)));
  EXPECT_FALSE(parse_channel_data(channel_data(0x3FFF, payload, false)));
  EXPECT_TRUE(parse_channel_data(channel_data(0x7FFF, payload, false), kLastOldChannel));
  EXPECT_FALSE(parse_channel_data(channel_data(0x8000, payload, false), kLastOldChannel));
  EXPECT_FALSE(parse_channel_data({}));
}

}  // namespace
}  // namespace godesk::stun
