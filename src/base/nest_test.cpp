#include "base/nest.h"

#include <gtest/gtest.h>

#include "base/queue.h"

namespace godesk {
namespace {

/// Opens one socket and one stream, sends one datagram, and counts what comes back.
struct Child final : Machine {
  explicit Child(Ids& ids) : socket(ids.socket()), stream(ids.stream()) {
    commands.push_back(OpenSocket{socket, {}});
    commands.push_back(OpenStream{stream, StreamKind::tcp, {}, {}, {}});
    transmits.push_back(Datagram{socket, {}, {1}});
  }
  void on_datagram(Time, SocketId, const Endpoint&, ByteView) override { ++datagrams; }
  void on_stream(Time, StreamId, const StreamEvent&) override { ++streams; }
  void on_timer(Time now) override { ++timers, deadline = now + 1s; }
  std::optional<Command> next_command() override { return godesk::pop(commands); }
  std::optional<Transmit> next_transmit() override { return godesk::pop(transmits); }
  Time next_deadline() const override { return deadline; }

  SocketId socket;
  StreamId stream;
  std::deque<Command> commands;
  std::deque<Transmit> transmits;
  int datagrams = 0, streams = 0, timers = 0;
  Time deadline{};
};

TEST(Nest, HandsEventsToWhoOpenedTheSocket) {
  Ids ids;
  Nest nest;
  Child a(ids), b(ids);
  nest.add(a);
  nest.add(b);
  int commands = 0;
  while (nest.next_command()) ++commands;
  EXPECT_EQ(commands, 4);
  nest.on_datagram({}, b.socket, {}, {});
  nest.on_stream({}, a.stream, StreamClosed{});
  nest.on_stream({}, a.stream, StreamData{});  // closed: nobody's any more
  EXPECT_EQ(a.datagrams, 0);
  EXPECT_EQ(b.datagrams, 1);
  EXPECT_EQ(a.streams, 1);
}

TEST(Nest, WhatMovedIntoAnotherMachineIsItsAndStaysOpen) {
  Ids ids;
  Nest nest;
  Child a(ids), b(ids);
  nest.add(a);
  nest.add(b);
  while (nest.next_command()) {
  }
  nest.hand_over(a, b);
  EXPECT_FALSE(nest.next_command());
  nest.on_datagram({}, a.socket, {}, {});
  nest.on_stream({}, a.stream, StreamData{});
  nest.on_timer({});
  EXPECT_EQ(b.datagrams, 1);
  EXPECT_EQ(b.streams, 1);
  EXPECT_EQ(a.timers, 0);
}

TEST(Nest, WakesOnlyWhoIsDue) {
  Ids ids;
  Nest nest;
  Child a(ids), b(ids);
  nest.add(a);
  nest.add(b);
  b.deadline = Time{} + 5s;
  EXPECT_EQ(nest.next_deadline(), Time{});
  nest.on_timer(Time{} + 1s);
  EXPECT_EQ(a.timers, 1);
  EXPECT_EQ(b.timers, 0);
}

TEST(Nest, ARemovedChildLeavesNothingOpen) {
  Ids ids;
  Nest nest;
  Child a(ids);
  nest.add(a);
  nest.remove(a);
  auto kinds = [&nest] {
    std::vector<std::size_t> indices;
    while (auto command = nest.next_command()) indices.push_back(command->index());
    return indices;
  };
  EXPECT_EQ(kinds(), (std::vector<std::size_t>{0, 2}));  // opened
  EXPECT_TRUE(nest.next_transmit());                     // its last words
  EXPECT_EQ(kinds(), (std::vector<std::size_t>{1, 3}));  // closed
  EXPECT_EQ(nest.next_deadline(), kNever);
}

}  // namespace
}  // namespace godesk
