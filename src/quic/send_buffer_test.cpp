#include "quic/send_buffer.h"

#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

TEST(SendBuffer, BytesKeepTheirAddressUntilAcknowledged) {
  SendBuffer buffer;
  buffer.push(bytes_of("first"));
  const std::uint8_t* address = buffer.front(100).data();
  for (int i = 0; i < 10'000; ++i) buffer.push(bytes_of("more"));
  EXPECT_EQ(buffer.front(5).data(), address);
  EXPECT_EQ(text_of(buffer.front(5)), "first");
  EXPECT_EQ(buffer.unsent(), 40'005u);
}

TEST(SendBuffer, ModelOfRandomUse) {
  SeededRandom random(3);
  for (int round = 0; round < 50; ++round) {
    SendBuffer buffer;
    Buffer pushed, sent;
    std::uint64_t acked = 0;
    std::uint8_t value = 0;
    for (int i = 0; i < 300; ++i) {
      Buffer bytes(random.below(random.below(10) == 0 ? 9000 : 300));
      for (auto& b : bytes) b = value++;
      buffer.push(bytes);
      append(pushed, bytes);
      while (random.below(3) != 0 && buffer.unsent() > 0) {
        const ByteView piece = buffer.front(1 + random.below(2000));
        const std::size_t n = 1 + random.below(static_cast<std::uint32_t>(piece.size()));
        append(sent, piece.first(n));
        buffer.on_sent(n, false);
      }
      acked += random.below(static_cast<std::uint32_t>(sent.size() - acked + 1));
      buffer.on_acked(acked);
      ASSERT_EQ(buffer.unsent(), pushed.size() - sent.size());
      ASSERT_EQ(buffer.unacked(), sent.size() - acked);
    }
    ASSERT_TRUE(same_bytes(sent, ByteView(pushed).first(sent.size())));
    buffer.discard_unsent();
    EXPECT_EQ(buffer.unsent(), 0u);
    EXPECT_FALSE(buffer.pending());
    buffer.on_acked(sent.size());
    EXPECT_EQ(buffer.held(), 0u);
  }
}

TEST(SendBuffer, FinIsPendingUntilSentWithTheLastByte) {
  SendBuffer buffer;
  buffer.push(bytes_of("ab"));
  buffer.finish();
  buffer.on_sent(1, false);
  EXPECT_TRUE(buffer.fin_pending());
  buffer.on_sent(1, true);
  EXPECT_FALSE(buffer.pending());
}

}  // namespace
}  // namespace godesk::quic
