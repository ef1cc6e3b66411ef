#include "os/clipboard_x11.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "os/clock.h"
#include "os/test_xvfb.h"

namespace godesk::os {
namespace {

using session::ClipboardFormats;
using session::ClipboardKind;

Buffer text(std::string_view words) { return to_buffer(bytes_of(words)); }

/// Two programs on one display: what one holds the other reads.
struct ClipboardX11Test : testing::Test {
  test::Xvfb xvfb;
  std::unique_ptr<ClipboardX11> a, b;
  std::vector<session::DeskEvent> at_a, at_b;

  void SetUp() override {
    ASSERT_TRUE(xvfb.running());
    a = opened({});
    b = opened({});
  }
  std::unique_ptr<ClipboardX11> opened(ClipboardX11Config config) {
    auto clipboard = ClipboardX11::open(xvfb.name(), config);
    EXPECT_TRUE(clipboard) << clipboard.reason();
    return std::move(*clipboard);
  }
  bool until(const std::function<bool()>& done) {
    for (const Time end = now() + 20s; now() < end;) {
      pump(*a, at_a);
      pump(*b, at_b);
      if (done()) return true;
      pollfd fds[] = {{a->fd(), POLLIN, 0}, {b->fd(), POLLIN, 0}};
      poll(fds, 2, 20);
    }
    return false;
  }
  static void pump(ClipboardX11& from, std::vector<session::DeskEvent>& to) {
    from.work(now());
    while (auto event = from.next_event()) to.push_back(std::move(*event));
  }
  template <class E>
  static const E* last(const std::vector<session::DeskEvent>& events) {
    for (auto it = events.rbegin(); it != events.rend(); ++it)
      if (auto* e = std::get_if<E>(&*it)) return e;
    return nullptr;
  }
  /// `b` pastes what `a` holds.
  std::optional<Buffer> carried(ClipboardKind kind, const Buffer& content) {
    const auto read = b->read(now(), kind);
    const auto is_read = [&] {
      if (auto* pasted = last<session::DeskPasted>(at_a)) {
        EXPECT_EQ(pasted->kind, kind);
        a->answer(now(), pasted->paste, &content);
        at_a.clear();
      }
      auto* done = last<session::DeskRead>(at_b);
      return done && done->read == read;
    };
    EXPECT_TRUE(until(is_read));
    return last<session::DeskRead>(at_b)->content;
  }
  bool sees(const ClipboardFormats& formats) {
    return until([&] {
      auto* copied = last<session::DeskCopied>(at_b);
      return copied && copied->formats == formats;
    });
  }
};

TEST_F(ClipboardX11Test, AnotherProgramSeesAndReadsWhatIsHeld) {
  a->hold(now(), {{ClipboardKind::text}, {ClipboardKind::html}, {ClipboardKind::png}});
  ASSERT_TRUE(sees({{ClipboardKind::text}, {ClipboardKind::html}, {ClipboardKind::png}}));
  EXPECT_EQ(carried(ClipboardKind::text, text("Grüße")), text("Grüße"));
  EXPECT_EQ(carried(ClipboardKind::html, text("<b>x</b>")), text("<b>x</b>"));
  EXPECT_EQ(carried(ClipboardKind::text, {}), Buffer());
  EXPECT_FALSE(last<session::DeskCopied>(at_a)) << "one's own clipboard is no news";
}

TEST_F(ClipboardX11Test, LargeContentGoesInIncrementsBothWays) {
  Buffer large(3'000'001);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i * 7 + i / 1000);
  a->hold(now(), {{ClipboardKind::png}});
  ASSERT_TRUE(sees({{ClipboardKind::png}}));
  EXPECT_EQ(carried(ClipboardKind::png, large), large);
  EXPECT_EQ(carried(ClipboardKind::png, Buffer(128u << 10, 1)), Buffer(128u << 10, 1));
  EXPECT_EQ(carried(ClipboardKind::png, Buffer((128u << 10) + 1, 1)), Buffer((128u << 10) + 1, 1));
}

TEST_F(ClipboardX11Test, MoreThanAllowedIsNotRead) {
  b = opened({.max_content = 200'000});
  a->hold(now(), {{ClipboardKind::png}});
  ASSERT_TRUE(sees({{ClipboardKind::png}}));
  EXPECT_EQ(carried(ClipboardKind::png, Buffer(200'000, 1)), Buffer(200'000, 1));
  EXPECT_EQ(carried(ClipboardKind::png, Buffer(200'001, 1)), std::nullopt);
  EXPECT_EQ(carried(ClipboardKind::png, Buffer(100, 2)), Buffer(100, 2));
}

TEST_F(ClipboardX11Test, WhatCannotBeHadIsNothing) {
  a->hold(now(), {{ClipboardKind::text}});
  ASSERT_TRUE(sees({{ClipboardKind::text}}));
  b->read(now(), ClipboardKind::html);
  b->read(now(), ClipboardKind::text);
  ASSERT_TRUE(until([&] { return last<session::DeskPasted>(at_a) != nullptr; }));
  a->answer(now(), last<session::DeskPasted>(at_a)->paste, nullptr);
  ASSERT_TRUE(until([&] {
    int reads = 0;
    for (const auto& event : at_b)
      if (auto* read = std::get_if<session::DeskRead>(&event)) reads += read->content == std::nullopt;
    return reads == 2;
  }));
}

TEST_F(ClipboardX11Test, AProgramThatNeverAnswersIsGivenUp) {
  b = opened({.patience = 200ms});
  a->hold(now(), {{ClipboardKind::text}});
  ASSERT_TRUE(sees({{ClipboardKind::text}}));
  b->read(now(), ClipboardKind::text);
  ASSERT_TRUE(until([&] { return last<session::DeskRead>(at_b) != nullptr; }));
  EXPECT_EQ(last<session::DeskRead>(at_b)->content, std::nullopt);
}

TEST_F(ClipboardX11Test, TheNewestCopyIsTheClipboard) {
  a->hold(now(), {{ClipboardKind::text}});
  ASSERT_TRUE(sees({{ClipboardKind::text}}));
  b->hold(now(), {{ClipboardKind::png}});
  ASSERT_TRUE(until([&] { return last<session::DeskCopied>(at_a) != nullptr; }));
  EXPECT_EQ(last<session::DeskCopied>(at_a)->formats, (ClipboardFormats{{ClipboardKind::png}}));
  // What a lost is not given up again by it.
  a->hold(now(), {});
  b->hold(now(), {});
  ASSERT_TRUE(until([&] { return last<session::DeskCopied>(at_a)->formats.empty(); }));
}

TEST_F(ClipboardX11Test, WhatWasCopiedBeforeIsThere) {
  a->hold(now(), {{ClipboardKind::text}});
  ASSERT_TRUE(sees({{ClipboardKind::text}}));
  b = opened({});
  at_b.clear();
  EXPECT_TRUE(sees({{ClipboardKind::text}}));
}

TEST_F(ClipboardX11Test, AServerThatGoesAwayIsTold) {
  xvfb.stop();
  EXPECT_TRUE(until([&] { return a->fd() < 0; }));
  b->read(now(), ClipboardKind::text);
  b->hold(now(), {{ClipboardKind::text}});
}

}  // namespace
}  // namespace godesk::os
