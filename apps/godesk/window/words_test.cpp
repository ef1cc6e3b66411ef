#include "window/words.h"

#include <gtest/gtest.h>

#include "window/status_line.h"

namespace godesk::app {
namespace {

link::PathInfo relay() {
  link::PathInfo path;
  path.kind = link::Kind::relay;
  path.transport = link::Transport::tls;
  path.family = Family::v4;
  path.rtt = 23400us;
  path.why = link::Why::punching;
  return path;
}

link::PathInfo direct() {
  link::PathInfo path;
  path.kind = link::Kind::direct;
  path.family = Family::v6;
  path.rtt = 400us;
  path.how = link::How::lan;
  return path;
}

TEST(StatusLine, TellsDirectFromRelayAndReconnecting) {
  StatusLine line;
  EXPECT_EQ(line.words(), QStringList({"Connecting", "", "", ""}));
  line.show_path({relay(), false});
  EXPECT_EQ(line.words(), QStringList({"Relay", "23 ms", "IPv4, TLS", ""}));
  line.show_path({direct(), false});
  EXPECT_EQ(line.words(), QStringList({"Direct", "0.4 ms", "IPv6, UDP", ""}));
  line.show_path({direct(), true});
  EXPECT_EQ(line.words().first(), "Reconnecting");
}

TEST(StatusLine, WhatMattersLeastGoesFirstWhereItIsNarrow) {
  StatusLine line;
  link::PathInfo path;
  path.rtt = 12ms;
  line.show_path({path, false});
  line.show_layout("de(nodeadkeys)");
  line.show_figures({});
  const auto seen = [&line](int width) {
    line.resize(width, 24);
    QStringList words;
    for (const QLabel* label : line.findChildren<QLabel*>())
      if (label->isVisibleTo(&line) && !label->text().isEmpty()) words << label->text();
    return words;
  };
  line.show();
  EXPECT_EQ(seen(900).size(), 5);
  const QStringList narrow = seen(170);
  EXPECT_LT(narrow.size(), 5);
  EXPECT_TRUE(narrow.contains("Relay") || narrow.contains("Direct"));
  EXPECT_FALSE(narrow.contains("IPv4, UDP"));
  EXPECT_LT(line.minimumWidth(), 100) << "no figure makes the window wider";
}

TEST(StatusLine, FiguresFollowEachSecond) {
  StatusLine line;
  line.show_path({relay(), false});
  SecondFigures figures;
  figures.rtt_ms = 31.7;
  figures.fps = 24.2;
  figures.kbit_s = 310;
  line.show_figures(figures);
  EXPECT_EQ(line.words(), QStringList({"Relay", "32 ms", "IPv4, TLS", "24 fps, 310 kbit/s"}));
  figures.rtt_ms = 0;  // not measured: the last one stays
  line.show_figures(figures);
  EXPECT_EQ(line.words()[1], "32 ms");
}

TEST(Words, EveryReasonIsASentence) {
  for (int how = 0; how <= static_cast<int>(link::How::direct_ip); ++how) {
    auto path = direct();
    path.how = static_cast<link::How>(how);
    EXPECT_TRUE(path_reason(path).endsWith('.')) << how;
  }
  for (int why = 0; why <= static_cast<int>(link::Why::direct_lost); ++why) {
    auto path = relay();
    path.why = static_cast<link::Why>(why);
    EXPECT_TRUE(path_reason(path).endsWith('.')) << why;
  }
}

TEST(Words, TargetsAreGrouped) {
  EXPECT_EQ(target_words(parse_target("123456789")), "123 456 789");
  EXPECT_EQ(target_words(parse_target("192.0.2.1")), "192.0.2.1:21118");
}

TEST(Words, FiguresTellWhereTheTimeGoesAndWhatTheBytesWere) {
  SecondFigures figures;
  figures.fps = 24;
  figures.rtt_ms = 32;
  figures.network_ms = 16;
  figures.encode_ms = 0.8;
  figures.path = link::Kind::relay;
  figures.traffic.add_received(session::Content::screen, 12'345'678);
  figures.traffic.add_received(session::Content::sound, 9'999);
  const QString all = figure_lines(figures).join('\n');
  for (const char* line : {"24 fps", "path       relay, 32 ms, loss 0.0 %", "encode     0.8 ms",
                           "network    16.0 ms", "screen     12 MB", "sound      9999 B"})
    EXPECT_TRUE(all.contains(line)) << line << " is not in\n" << all.toStdString();
  EXPECT_FALSE(all.contains("paint")) << "nothing was painted";
  EXPECT_FALSE(all.contains("clipboard"));
  figures.paint_ms = 2.5;
  EXPECT_TRUE(figure_lines(figures).contains("paint      2.5 ms"));
}

TEST(Words, TheClipboardIsMentionedWhereOneWaitsForIt) {
  EXPECT_EQ(clipboard_words(true, 12'000'000, 30'000'000), "Clipboard: 40 %, 12.0 of 30.0 MB received");
  EXPECT_EQ(clipboard_words(false, 100, 2000), "");
  EXPECT_EQ(clipboard_words(false, 30'000'000, 30'000'000), "");
}

}  // namespace
}  // namespace godesk::app
