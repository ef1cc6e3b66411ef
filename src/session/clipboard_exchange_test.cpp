#include "session/clipboard_exchange.h"

#include <gtest/gtest.h>

namespace godesk::session {
namespace {

using Why = ClipboardFailed::Why;

Buffer text(std::string_view words) { return to_buffer(bytes_of(words)); }

/// Two ends whose messages are carried at once, through their form on the wire.
struct ExchangeTest : testing::Test {
  bool rich = true;
  ClipboardLimits limits{100'000, 64u << 10, 4};
  ClipboardExchange a{limits, [this](ClipboardKind kind) { return rich || kind == ClipboardKind::text; }};
  ClipboardExchange b{limits, [](ClipboardKind) { return true; }};
  std::vector<ClipboardEvent> at_a, at_b;
  std::size_t carried = 0;  // bytes of pieces

  void carry(ClipboardExchange& from, ClipboardExchange& to) {
    while (auto message = from.next_message(0)) {
      if (auto* piece = std::get_if<ClipboardPiece>(&*message)) carried += piece->bytes.size();
      auto decoded = decode_clipboard(encode(*message));
      ASSERT_TRUE(decoded);
      ASSERT_TRUE(to.on_message(*decoded));
    }
  }
  void run() {
    for (int i = 0; i < 4; ++i) {
      carry(a, b);
      carry(b, a);
      while (auto event = a.next_event()) at_a.push_back(std::move(*event));
      while (auto event = b.next_event()) at_b.push_back(std::move(*event));
    }
  }
  template <class E>
  static const E* last(const std::vector<ClipboardEvent>& events) {
    for (auto it = events.rbegin(); it != events.rend(); ++it)
      if (auto* e = std::get_if<E>(&*it)) return e;
    return nullptr;
  }
};

TEST_F(ExchangeTest, NothingTravelsUntilItIsFetched) {
  a.offer({{ClipboardKind::text, 5}, {ClipboardKind::png}});
  run();
  auto* offered = last<ClipboardOffered>(at_b);
  ASSERT_TRUE(offered);
  EXPECT_EQ(offered->formats, (ClipboardFormats{{ClipboardKind::text, 5}, {ClipboardKind::png}}));
  EXPECT_FALSE(last<ClipboardWanted>(at_a));
  const auto request = b.fetch(ClipboardKind::text);
  ASSERT_NE(request, 0u);
  run();
  auto* wanted = last<ClipboardWanted>(at_a);
  ASSERT_TRUE(wanted);
  a.provide(wanted->request, text("Grüße"));
  run();
  auto* arrived = last<ClipboardArrived>(at_b);
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->request, request);
  EXPECT_EQ(arrived->content, text("Grüße"));
  EXPECT_EQ(carried, arrived->content.size());
}

TEST_F(ExchangeTest, LargeContentGoesInPiecesWhileLittleWaits) {
  a.offer({{ClipboardKind::text}});
  run();
  b.fetch(ClipboardKind::text);
  run();
  a.provide(last<ClipboardWanted>(at_a)->request, Buffer(100'000, 'x'));
  EXPECT_FALSE(a.next_message(limits.ahead));
  run();
  EXPECT_EQ(last<ClipboardArrived>(at_b)->content, Buffer(100'000, 'x'));
  auto* progress = std::get_if<ClipboardProgress>(&at_b.at(at_b.size() - 3));
  ASSERT_TRUE(progress);
  EXPECT_TRUE(progress->incoming);
  EXPECT_EQ(progress->size, 100'000u);
  EXPECT_LT(progress->done, progress->size);
}

TEST_F(ExchangeTest, WhatIsTooLargeIsRefusedByEitherSide) {
  a.offer({{ClipboardKind::text}});
  run();
  b.fetch(ClipboardKind::text);
  run();
  a.provide(last<ClipboardWanted>(at_a)->request, Buffer(100'001, 'x'));
  run();
  EXPECT_EQ(last<ClipboardLost>(at_b)->why, Why::too_large);
  // A peer with a higher bound sends more than we take: told to stop, and what comes is not kept.
  const auto request = b.fetch(ClipboardKind::text);
  ASSERT_TRUE(b.on_message(ClipboardPiece{request, 1u << 30, Buffer(1000, 'x')}));
  ASSERT_TRUE(b.on_message(ClipboardFailed{request, Why::cancelled}));
  while (auto event = b.next_event()) at_b.push_back(std::move(*event));
  EXPECT_EQ(last<ClipboardLost>(at_b)->why, Why::too_large);
  EXPECT_FALSE(last<ClipboardArrived>(at_b));
}

TEST_F(ExchangeTest, WithoutThePermissionNothingButTextIsOfferedTakenOrGiven) {
  rich = false;
  a.offer({{ClipboardKind::text}, {ClipboardKind::png}});
  run();
  EXPECT_EQ(last<ClipboardOffered>(at_b)->formats, (ClipboardFormats{{ClipboardKind::text}}));
  // One that asks all the same is refused; one that offers is not heard.
  ASSERT_TRUE(a.on_message(ClipboardFetch{9, 1, ClipboardKind::png}));
  ASSERT_TRUE(a.on_message(ClipboardOffer{1, {{ClipboardKind::html}}}));
  auto answer = a.next_message(0);
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<ClipboardFailed>(*answer).why, Why::refused);
  run();
  EXPECT_TRUE(last<ClipboardOffered>(at_a)->formats.empty());
  EXPECT_EQ(a.fetch(ClipboardKind::html), 0u);
  EXPECT_FALSE(last<ClipboardWanted>(at_a));
}

TEST_F(ExchangeTest, APermissionThatEndsStopsWhatIsUnderWay) {
  a.offer({{ClipboardKind::html}});
  b.offer({{ClipboardKind::html}});
  run();
  b.fetch(ClipboardKind::html);
  a.fetch(ClipboardKind::html);
  run();
  rich = false;
  a.on_permissions();
  a.provide(last<ClipboardWanted>(at_a)->request, text("<b>late</b>"));
  run();
  b.provide(last<ClipboardWanted>(at_b)->request, text("<b>late</b>"));
  run();
  EXPECT_EQ(last<ClipboardLost>(at_b)->why, Why::refused);
  EXPECT_EQ(last<ClipboardLost>(at_a)->why, Why::refused);
  EXPECT_EQ(carried, 0u);
  EXPECT_TRUE(last<ClipboardOffered>(at_b)->formats.empty());
}

TEST_F(ExchangeTest, ANewCopyMakesTheOldOneGone) {
  a.offer({{ClipboardKind::text}});
  run();
  b.fetch(ClipboardKind::text);
  run();
  const auto old = last<ClipboardWanted>(at_a)->request;
  a.offer({{ClipboardKind::png}});
  a.provide(old, text("old"));
  run();
  EXPECT_EQ(last<ClipboardLost>(at_b)->why, Why::gone);
  EXPECT_EQ(b.fetch(ClipboardKind::text), 0u);
}

TEST_F(ExchangeTest, WhatIsCancelledEnds) {
  a.offer({{ClipboardKind::text}});
  run();
  const auto request = b.fetch(ClipboardKind::text);
  run();
  b.cancel(request);
  run();
  EXPECT_EQ(last<ClipboardLost>(at_b)->why, Why::cancelled);
  a.provide(last<ClipboardWanted>(at_a)->request, text("too late"));
  run();
  EXPECT_EQ(carried, 0u);
}

TEST_F(ExchangeTest, WhatIsNotOfItsKindDoesNotArrive) {
  for (const auto& [kind, content] :
       {std::pair{ClipboardKind::text, Buffer{'a', 0xc0, 0x80}},
        std::pair{ClipboardKind::text, Buffer{'a', 0}}, std::pair{ClipboardKind::png, text("GIF89a")}}) {
    a.offer({{kind}});
    run();
    b.fetch(kind);
    run();
    a.provide(last<ClipboardWanted>(at_a)->request, content);
    run();
    EXPECT_EQ(last<ClipboardLost>(at_b)->why, Why::malformed);
    EXPECT_FALSE(last<ClipboardArrived>(at_b));
  }
}

TEST_F(ExchangeTest, PeersThatDoNotKeepToTheProtocolAreFound) {
  EXPECT_FALSE(b.on_message(ClipboardPiece{1, 10, Buffer(10, 'x')}));
  EXPECT_FALSE(b.on_message(ClipboardFailed{1, Why::gone}));
  a.offer({{ClipboardKind::text}});
  run();
  const auto first = b.fetch(ClipboardKind::text), second = b.fetch(ClipboardKind::text);
  EXPECT_FALSE(b.on_message(ClipboardPiece{second, 10, Buffer(10, 'x')}));
  EXPECT_TRUE(b.on_message(ClipboardPiece{first, 10, Buffer(5, 'x')}));
  EXPECT_FALSE(b.on_message(ClipboardPiece{first, 11, Buffer(5, 'x')}));
  EXPECT_FALSE(b.on_message(ClipboardPiece{first, 10, Buffer(6, 'x')}));
  EXPECT_FALSE(b.on_message(ClipboardOffer{0, {}}));
  bool kept = true;
  for (std::uint32_t i = 1; i < 10 && kept; ++i)
    kept = b.on_message(ClipboardFetch{i, 0, ClipboardKind::text});
  EXPECT_TRUE(kept) << "refusals are answers";
  for (std::uint32_t i = 1; i < 100 && kept; ++i)
    kept = b.on_message(ClipboardFetch{i, 0, ClipboardKind::text});
  EXPECT_FALSE(kept) << "but not without end";
}

TEST(ClipboardMessages, HaveTheirFormOnTheWire) {
  EXPECT_EQ(
      to_hex(encode(ClipboardMessage(ClipboardOffer{7, {{ClipboardKind::text, 300}, {ClipboardKind::png}}}))),
      "0a0d08071205080110ac0212020803");
  EXPECT_EQ(to_hex(encode(ClipboardMessage(ClipboardFetch{2, 7, ClipboardKind::png}))), "1206080210071803");
  EXPECT_EQ(to_hex(encode(ClipboardMessage(ClipboardPiece{2, 3, text("abc")}))), "1a09080210031a03616263");
  EXPECT_EQ(to_hex(encode(ClipboardMessage(ClipboardFailed{2, Why::gone}))), "220408021001");
  EXPECT_EQ(to_hex(encode(ClipboardMessage(ClipboardCancel{2}))), "2802");
}

TEST(ClipboardMessages, ContentIsOfItsKind) {
  for (const char* good : {"", "plain", "Grüße, мир, 漢字, 😀", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(acceptable(ClipboardKind::text, bytes_of(good))) << good;
  for (const char* bad :
       {"\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"})
    EXPECT_FALSE(acceptable(ClipboardKind::html, bytes_of(bad))) << to_hex(bytes_of(bad));
  auto png = [](std::uint32_t width, std::uint32_t height) {
    return Writer().bytes(*from_hex("89504e470d0a1a0a0000000d49484452")).u32(width).u32(height).take();
  };
  EXPECT_TRUE(acceptable(ClipboardKind::png, png(1, 32767)));
  EXPECT_FALSE(acceptable(ClipboardKind::png, png(0, 1)));
  EXPECT_FALSE(acceptable(ClipboardKind::png, png(1, 32768)));
}

}  // namespace
}  // namespace godesk::session
