#include "os/driver.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/queue.h"
#include "os/clock.h"
#include "os/sockaddr.h"

namespace godesk::os {
namespace {

/// A machine that does what the test tells it, and remembers what it was told.
class Script final : public Machine {
 public:
  struct StreamLog {
    std::optional<StreamOpened> opened;
    std::optional<StreamClosed> closed;
    std::vector<Buffer> pieces;
    Buffer bytes;
    std::size_t backlog = 0, most_backlog = 0;
    int writable = 0;
  };

  void on_network(Time, const std::vector<IpAddress>& addresses) override { network = addresses; }
  void on_datagram(Time, SocketId socket, const Endpoint& from, ByteView bytes) override {
    if (datagram) datagram(socket, from, bytes);
  }
  void on_socket(Time, SocketId id, const SocketEvent& event) override {
    socket_events[id] = event;
    if (socket_event) socket_event(id, event);
  }
  void on_stream(Time, StreamId id, const StreamEvent& event) override {
    StreamLog& log = streams[id];
    if (auto* opened = std::get_if<StreamOpened>(&event)) log.opened = *opened;
    if (auto* closed = std::get_if<StreamClosed>(&event)) log.closed = *closed;
    if (std::holds_alternative<StreamWritable>(event)) ++log.writable;
    if (auto* data = std::get_if<StreamData>(&event)) {
      log.pieces.push_back(to_buffer(data->bytes));
      append(log.bytes, data->bytes);
    }
    if (stream) stream(id, event);
  }
  void on_backlog(Time, StreamId id, std::size_t bytes) override {
    streams[id].backlog = bytes;
    streams[id].most_backlog = std::max(streams[id].most_backlog, bytes);
  }
  void on_resolved(Time, const std::string& host, const std::vector<IpAddress>& found) override {
    resolved[host] = found;
    if (on_name) on_name();
  }
  void on_timer(Time now) override {
    while (!timers.empty() && timers.begin()->first <= now) {
      auto due = timers.begin()->second;
      timers.erase(timers.begin());
      due();
    }
  }
  std::optional<Command> next_command() override { return pop(commands); }
  std::optional<Transmit> next_transmit() override { return pop(transmits); }
  Time next_deadline() const override { return timers.empty() ? kNever : timers.begin()->first; }

  std::function<void(SocketId, const Endpoint&, ByteView)> datagram;
  std::function<void(SocketId, const SocketEvent&)> socket_event;
  std::function<void(StreamId, const StreamEvent&)> stream;
  std::function<void()> on_name;

  Ids ids;
  std::deque<Command> commands;
  std::deque<Transmit> transmits;
  std::multimap<Time, std::function<void()>> timers;
  std::vector<IpAddress> network;
  std::map<SocketId, SocketEvent> socket_events;
  std::map<StreamId, StreamLog> streams;
  std::map<std::string, std::vector<IpAddress>> resolved;
};

/// A socket outside of the driver, driven by the test's own thread: what a stranger would do.
class RawTcp {
 public:
  explicit RawTcp(const Endpoint& to) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SocketAddress address = to_sockaddr(to);
    EXPECT_EQ(::connect(fd_, address.get(), address.length), 0);
  }
  ~RawTcp() { ::close(fd_); }
  void send(ByteView bytes) { EXPECT_GE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), 0); }
  Buffer read_to_end() {
    Buffer out;
    std::uint8_t chunk[4096];
    for (ssize_t n; (n = ::recv(fd_, chunk, sizeof chunk, 0)) > 0;) append(out, ByteView(chunk, n));
    return out;
  }

 private:
  int fd_;
};

const IpAddress kLoopback4 = *IpAddress::parse("127.0.0.1");
const IpAddress kLoopback6 = *IpAddress::parse("::1");

class DriverTest : public ::testing::Test {
 protected:
  /// Runs until `done`, checked after each turn; a test that hangs fails here.
  void run_until(std::function<bool()> done) {
    if (!driver_) make();
    bool reached = false;
    driver_->after_turn([&] {
      reached = done();
      if (reached) driver_->stop();
      return false;
    });
    driver_->at(os::now() + 20s, [this] { driver_->stop(); });
    driver_->run();
    if (!reached) throw std::runtime_error("timed out");
  }
  Driver& make() {
    driver_ = std::make_unique<Driver>(script_, log_, config_);
    return *driver_;
  }
  Driver::OnAccept remember() {
    return [this](const Accepted& accepted) { accepted_.push_back(accepted); };
  }
  const TlsIdentity& identity() {
    static const TlsIdentity made = make_tls_identity("localhost", wall_now());
    return made;
  }
  Endpoint listen_tls() {
    return *driver().listen_tls({kLoopback4, 0}, identity(), {"/", "/turn"}, remember());
  }
  Endpoint listen_tcp() { return *driver().listen_tcp({kLoopback4, 0}, remember()); }
  Driver& driver() { return driver_ ? *driver_ : make(); }

  StreamId open(StreamKind kind, std::vector<HostPort> targets, std::string alpn = "") {
    StreamId id = script_.ids.stream();
    script_.commands.push_back(OpenStream{id, kind, std::move(targets), std::move(alpn), "/"});
    return id;
  }
  StreamId open(StreamKind kind, const Endpoint& to, std::string alpn = "") {
    return open(kind, {{to.ip.to_string(), to.port}}, std::move(alpn));
  }
  /// Everything that comes on an accepted stream goes back.
  void echo() {
    script_.stream = [this](StreamId id, const StreamEvent& event) {
      bool accepted = static_cast<std::uint32_t>(id) & 0x80000000u;
      if (auto* data = std::get_if<StreamData>(&event); data && accepted)
        script_.transmits.push_back(StreamBytes{id, to_buffer(data->bytes)});
    };
  }
  void send(StreamId id, ByteView bytes) { script_.transmits.push_back(StreamBytes{id, to_buffer(bytes)}); }
  Script::StreamLog& log_of(StreamId id) { return script_.streams[id]; }

  Script script_;
  NullLog log_;
  DriverConfig config_;
  std::unique_ptr<Driver> driver_;
  std::vector<Accepted> accepted_;
};

class UdpTest : public DriverTest, public ::testing::WithParamInterface<IpAddress> {};

TEST_P(UdpTest, CarriesDatagramsBothWays) {
  SocketId server = script_.ids.socket(), client = script_.ids.socket();
  Endpoint at = *driver().listen_udp(server, {GetParam(), 0});
  script_.commands.push_back(OpenSocket{client, {GetParam(), 0}});
  Buffer back;
  Endpoint answered_from;
  script_.socket_event = [&](SocketId, const SocketEvent& event) {
    ASSERT_TRUE(std::holds_alternative<SocketOpened>(event));
    script_.transmits.push_back(Datagram{client, at, Buffer{1, 2, 3}});
  };
  script_.datagram = [&](SocketId socket, const Endpoint& from, ByteView bytes) {
    if (socket == server) {
      script_.transmits.push_back(Datagram{server, from, to_buffer(bytes)});
    } else {
      answered_from = from;
      back = to_buffer(bytes);
    }
  };
  run_until([&] { return !back.empty(); });
  EXPECT_EQ(back, (Buffer{1, 2, 3}));
  EXPECT_EQ(answered_from, at);
}

TEST_P(UdpTest, TheLastDatagramLeavesBeforeItsSocketCloses) {
  SocketId server = script_.ids.socket(), client = script_.ids.socket(), next = script_.ids.socket();
  Endpoint at = *driver().listen_udp(server, {GetParam(), 0});
  Endpoint mine = *driver().listen_udp(client, {GetParam(), 0});
  bool came = false;
  script_.datagram = [&](SocketId, const Endpoint&, ByteView) { came = true; };
  script_.transmits.push_back(Datagram{client, at, Buffer{1}});
  script_.commands = {CloseSocket{client}, OpenSocket{next, mine}};  // the port is free by then
  run_until([&] { return came && script_.socket_events.count(next); });
  EXPECT_TRUE(std::holds_alternative<SocketOpened>(script_.socket_events[next]));
}

TEST_P(UdpTest, AnswersFromTheAddressThatWasAsked) {
  if (!GetParam().is_v4()) return;  // the loopback of IPv6 has only one address
  SocketId server = script_.ids.socket(), client = script_.ids.socket();
  Endpoint bound = *driver().listen_udp(server, {IpAddress::any(Family::v4), 0});
  Endpoint asked{*IpAddress::parse("127.0.0.7"), bound.port};
  *driver().listen_udp(client, {kLoopback4, 0});
  Endpoint answered_from;
  script_.transmits.push_back(Datagram{client, asked, Buffer{1}});
  script_.datagram = [&](SocketId socket, const Endpoint& from, ByteView bytes) {
    if (socket == client) answered_from = from;
    if (socket == server) script_.transmits.push_back(Datagram{server, from, to_buffer(bytes)});
  };
  run_until([&] { return answered_from.port != 0; });
  EXPECT_EQ(answered_from, asked);
}

/// A socket outside of the driver that reads the hop limits of what comes.
class HopReader {
 public:
  explicit HopReader(const IpAddress& at)
      : v4_(at.is_v4()), fd_(::socket(v4_ ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    EXPECT_EQ(::setsockopt(fd_, v4_ ? IPPROTO_IP : IPPROTO_IPV6, v4_ ? IP_RECVTTL : IPV6_RECVHOPLIMIT, &on,
                           sizeof on),
              0);
    SocketAddress address = to_sockaddr({at, 0});
    EXPECT_EQ(::bind(fd_, address.get(), address.length), 0);
  }
  ~HopReader() { ::close(fd_); }
  Endpoint local() const { return local_endpoint(fd_); }
  int next() {
    char byte = 0;
    alignas(cmsghdr) char control[64];
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_iov = &piece, message.msg_iovlen = 1;
    message.msg_control = control, message.msg_controllen = sizeof control;
    int hops = -1;
    if (::recvmsg(fd_, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
      std::memcpy(&hops, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof hops);
    return hops;
  }

 private:
  bool v4_;
  int fd_;
};

TEST_P(UdpTest, AHopLimitIsOfOneDatagramAlone) {
  HopReader reader(GetParam());
  SocketId socket = script_.ids.socket();
  *driver().listen_udp(socket, {GetParam(), 0});
  script_.transmits.push_back(Datagram{socket, reader.local(), Buffer{1}, 3});
  script_.transmits.push_back(Datagram{socket, reader.local(), Buffer{1}});
  run_until([&] { return script_.transmits.empty(); });
  EXPECT_EQ(reader.next(), 3);
  EXPECT_GT(reader.next(), 32);
}

INSTANTIATE_TEST_SUITE_P(Families, UdpTest, ::testing::Values(kLoopback4, kLoopback6));

TEST_F(DriverTest, UnboundableSocketIsReported) {
  SocketId taken = script_.ids.socket(), second = script_.ids.socket();
  Endpoint at = *driver().listen_udp(taken, {kLoopback4, 0});
  auto again = driver().listen_udp(script_.ids.socket(), at);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.reason().error, EADDRINUSE);
  script_.commands.push_back(OpenSocket{second, at});
  run_until([&] { return script_.socket_events.count(second); });
  EXPECT_TRUE(std::holds_alternative<SocketFailed>(script_.socket_events[second]));
}

TEST_F(DriverTest, DatagramsOfTheWrongFamilyOrSocketAreCounted) {
  SocketId socket = script_.ids.socket();
  *driver().listen_udp(socket, {kLoopback4, 0});
  script_.transmits.push_back(Datagram{socket, {kLoopback6, 9}, Buffer{1}});
  script_.transmits.push_back(Datagram{SocketId{999}, {kLoopback4, 9}, Buffer{1}});
  script_.transmits.push_back(Datagram{socket, {kLoopback4, 9}, Buffer(70000)});
  run_until([&] { return script_.transmits.empty(); });
  EXPECT_EQ(driver_->counts().unsent, 3u);
}

TEST_F(DriverTest, TellsTheNetworkAtStartLoopbackLast) {
  run_until([&] { return !script_.network.empty(); });
  EXPECT_TRUE(script_.network.back().is_loopback());
}

TEST_F(DriverTest, TimersFireInOrderAndNotEarly) {
  std::vector<int> order;
  Time start = os::now();
  bool early = false;
  auto at = [&](Duration after, int n) {
    script_.timers.emplace(start + after, [&, after, n] {
      early = early || os::now() < start + after;
      order.push_back(n);
    });
  };
  at(3ms, 3);
  at(500us, 1);
  at(1500us, 2);
  run_until([&] { return order.size() == 3; });
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3));
  EXPECT_FALSE(early);
}

TEST_F(DriverTest, HooksAndTimersShareOneAlarmAndBothAreDue) {
  std::vector<int> order;
  const Time start = os::now();
  script_.timers.emplace(start + 2ms, [&] { order.push_back(2); });
  driver().at(start + 3ms, [&] { order.push_back(3); });
  driver().at(start + 1ms, [&] { order.push_back(1); });
  driver().at(start - 1s, [&] { order.push_back(0); });
  run_until([&] { return order.size() == 4; });
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3));
}

TEST_F(DriverTest, WhatTheHookTellsTheMachineIsDrainedInTheSameTurn) {
  bool told = false;
  driver().after_turn([&] {
    if (!script_.resolved.empty()) driver_->stop();
    if (std::exchange(told, true)) return false;
    script_.commands.push_back(Resolve{"192.0.2.7"});
    return true;
  });
  driver_->at(os::now() + 20s, [this] { driver_->stop(); });
  driver_->run();
  EXPECT_EQ(script_.resolved.size(), 1u);
}

TEST_F(DriverTest, PostWorksFromAnotherThreadAndWatchSeesReadableFiles) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
  char seen = 0;
  driver().watch(pipe_ends[0], [&] { EXPECT_EQ(::read(pipe_ends[0], &seen, 1), 1); });
  std::thread other([&] { driver_->post([&] { EXPECT_EQ(::write(pipe_ends[1], "x", 1), 1); }); });
  run_until([&] { return seen == 'x'; });
  other.join();
  driver_->unwatch(pipe_ends[0]);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_F(DriverTest, ResolvesNamesAndLiterals) {
  script_.commands = {Resolve{"192.0.2.7"}, Resolve{"localhost"}, Resolve{"no-such-name.invalid"}};
  run_until([&] { return script_.resolved.size() == 3; });
  EXPECT_THAT(script_.resolved["192.0.2.7"], ::testing::ElementsAre(*IpAddress::parse("192.0.2.7")));
  EXPECT_FALSE(script_.resolved["localhost"].empty());
  EXPECT_TRUE(script_.resolved["no-such-name.invalid"].empty());
}

// ---- streams

TEST_F(DriverTest, TcpCarriesBytesAndTellsTheEnd) {
  echo();
  StreamId id = open(StreamKind::tcp, listen_tcp());
  run_until([&] { return log_of(id).opened.has_value(); });
  send(id, Buffer(100000, 7));
  run_until([&] { return log_of(id).bytes.size() == 100000; });
  ASSERT_EQ(accepted_.size(), 1u);
  EXPECT_EQ(accepted_[0].kind, Accepted::Kind::tcp);
  EXPECT_EQ(accepted_[0].local, log_of(id).opened->remote);
  EXPECT_EQ(accepted_[0].remote, log_of(id).opened->local);
  EXPECT_TRUE(log_of(id).opened->tls_exporter.empty());
  script_.commands.push_back(CloseStream{accepted_[0].stream});
  run_until([&] { return log_of(id).closed.has_value(); });
  EXPECT_EQ(log_of(id).closed->why, StreamClosed::Why::ended);
}

TEST_F(DriverTest, ClosingFlushesWhatWasHandedOver) {
  Endpoint at = listen_tcp();
  StreamId id = open(StreamKind::tcp, at);
  run_until([&] { return log_of(id).opened.has_value() && !accepted_.empty(); });
  send(id, Buffer(2 << 20, 5));
  run_until([&] { return script_.transmits.empty(); });
  script_.commands.push_back(CloseStream{id});
  StreamId server = accepted_[0].stream;
  run_until([&] { return log_of(server).closed.has_value(); });
  EXPECT_EQ(log_of(server).bytes.size(), 2u << 20);
  EXPECT_EQ(log_of(server).closed->why, StreamClosed::Why::ended);
}

TEST_F(DriverTest, BacklogIsToldAndEndsWritable) {
  StreamId id = open(StreamKind::tcp, listen_tcp());
  run_until([&] { return log_of(id).opened.has_value() && !accepted_.empty(); });
  send(id, Buffer(2 << 20, 5));
  run_until([&] { return log_of(id).writable == 1; });
  EXPECT_GT(log_of(id).most_backlog, 1u << 20);
  EXPECT_EQ(log_of(id).backlog, 0u);
}

TEST_F(DriverTest, TooMuchQueuedClosesTheStream) {
  config_.max_queued = 1000;
  StreamId id = open(StreamKind::tcp, listen_tcp());
  run_until([&] { return log_of(id).opened.has_value(); });
  send(id, Buffer(1001));
  run_until([&] { return log_of(id).closed.has_value(); });
  EXPECT_EQ(log_of(id).closed->why, StreamClosed::Why::failed);
}

TEST_F(DriverTest, TlsGivesBothEndsTheSameExporter) {
  echo();
  StreamId id = open(StreamKind::tls, listen_tls(), "stun.turn");
  run_until([&] { return log_of(id).opened && !accepted_.empty(); });
  EXPECT_EQ(accepted_[0].kind, Accepted::Kind::tls);
  EXPECT_EQ(log_of(id).opened->tls_exporter.size(), 32u);
  EXPECT_EQ(log_of(id).opened->tls_exporter, log_of(accepted_[0].stream).opened->tls_exporter);
  send(id, Buffer(300000, 9));
  run_until([&] { return log_of(id).bytes.size() == 300000; });
}

TEST_F(DriverTest, EachTlsConnectionHasItsOwnExporter) {
  Endpoint at = listen_tls();
  StreamId a = open(StreamKind::tls, at, "stun.turn"), b = open(StreamKind::tls, at, "stun.turn");
  run_until([&] { return log_of(a).opened && log_of(b).opened; });
  EXPECT_NE(log_of(a).opened->tls_exporter, log_of(b).opened->tls_exporter);
}

TEST_F(DriverTest, WebSocketKeepsMessagesApartBothWays) {
  echo();
  StreamId id = open(StreamKind::websocket, listen_tls());
  run_until([&] { return log_of(id).opened && !accepted_.empty(); });
  EXPECT_EQ(accepted_[0].kind, Accepted::Kind::websocket);
  EXPECT_EQ(log_of(id).opened->tls_exporter, log_of(accepted_[0].stream).opened->tls_exporter);
  std::vector<Buffer> messages = {Buffer{1}, Buffer{}, Buffer(64 << 10, 2), Buffer{3, 4}};
  for (const Buffer& message : messages) send(id, message);
  run_until([&] { return log_of(id).pieces.size() == 4; });
  EXPECT_EQ(log_of(id).pieces, messages);
}

TEST_F(DriverTest, TooLongAMessageClosesTheWebSocket) {
  StreamId id = open(StreamKind::websocket, listen_tls());
  run_until([&] { return log_of(id).opened && !accepted_.empty(); });
  send(id, Buffer((64 << 10) + 1));
  StreamId server = accepted_[0].stream;
  run_until([&] { return log_of(server).closed.has_value(); });
  EXPECT_EQ(log_of(server).closed->why, StreamClosed::Why::failed);
  EXPECT_TRUE(log_of(server).pieces.empty());
}

TEST_F(DriverTest, ClosedWebSocketEndsAtThePeer) {
  StreamId id = open(StreamKind::websocket, listen_tls());
  run_until([&] { return log_of(id).opened && !accepted_.empty(); });
  send(id, Buffer{42});
  script_.commands.push_back(CloseStream{accepted_[0].stream});
  run_until([&] { return log_of(id).closed.has_value(); });
  EXPECT_EQ(log_of(id).closed->why, StreamClosed::Why::ended);
}

TEST_F(DriverTest, WithoutAlpnTheFirstByteDecides) {
  StreamId id = open(StreamKind::tls, listen_tls());
  run_until([&] { return log_of(id).opened.has_value(); });
  EXPECT_TRUE(accepted_.empty());  // nobody knows yet
  Buffer stun = {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42};
  send(id, stun);
  run_until([&] { return !accepted_.empty() && !log_of(accepted_[0].stream).bytes.empty(); });
  EXPECT_EQ(accepted_[0].kind, Accepted::Kind::tls);
  EXPECT_EQ(log_of(accepted_[0].stream).bytes, stun);
}

TEST_F(DriverTest, GarbageInTlsAndInsteadOfTlsIsClosedAndCounted) {
  Endpoint at = listen_tls();
  StreamId in_tls = open(StreamKind::tls, at), instead = open(StreamKind::tcp, at);
  run_until([&] { return log_of(in_tls).opened && log_of(instead).opened; });
  send(in_tls, Buffer{0xFF, 0x00});
  send(instead, bytes_of("GET / HTTP/1.1\r\n\r\n"));
  run_until([&] { return log_of(in_tls).closed && log_of(instead).closed; });
  EXPECT_TRUE(accepted_.empty());
  EXPECT_EQ(driver_->counts().failed_handshakes, 2u);
}

TEST_F(DriverTest, HttpWithoutUpgradeAndWrongPathsAreRefusedInWords) {
  Endpoint at = listen_tls();
  StreamId plain = open(StreamKind::tls, at), other = open(StreamKind::tls, at);
  run_until([&] { return log_of(plain).opened && log_of(other).opened; });
  send(plain, bytes_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  send(other, bytes_of("GET /other HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
  run_until([&] { return log_of(plain).closed && log_of(other).closed; });
  EXPECT_TRUE(text_of(log_of(plain).bytes).starts_with("HTTP/1.1 426 "));
  EXPECT_TRUE(text_of(log_of(other).bytes).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(accepted_.empty());
}

TEST_F(DriverTest, SilentStrangersAreClosedInTime) {
  config_.handshake_timeout = 50ms;
  StreamId tls = open(StreamKind::tcp, listen_tls()), tcp = open(StreamKind::tcp, listen_tcp());
  run_until([&] { return log_of(tls).closed && log_of(tcp).closed; });
}

TEST_F(DriverTest, LimitsOfOneSourceRefuseTheNext) {
  config_.max_accepted_per_prefix = 2;
  Endpoint at = listen_tcp();
  std::vector<StreamId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(open(StreamKind::tcp, at));
  auto closed = [&] {
    return std::count_if(ids.begin(), ids.end(), [&](StreamId id) { return log_of(id).closed.has_value(); });
  };
  run_until([&] { return closed() == 1 && accepted_.size() == 2; });
  EXPECT_EQ(driver_->counts().refused_streams, 1u);
  // One that leaves makes room for another.
  script_.commands.push_back(CloseStream{accepted_[0].stream});
  run_until([&] { return closed() == 2; });
  ids.push_back(open(StreamKind::tcp, at));
  run_until([&] { return accepted_.size() == 3; });
}

TEST_F(DriverTest, AnUnvouchedCertificateIsUntrusted) {
  StreamId id = open(StreamKind::tls_vouched, {{"localhost", listen_tls().port}});
  run_until([&] { return log_of(id).closed.has_value(); });
  EXPECT_EQ(log_of(id).closed->why, StreamClosed::Why::untrusted);
}

TEST_F(DriverTest, AVouchedCertificateIsTrustedForItsNameOnly) {
  std::string store = ::testing::TempDir() + "/os_driver_test_ca.pem";
  std::ofstream(store) << identity().certificate_pem;
  ASSERT_EQ(::setenv("SSL_CERT_FILE", store.c_str(), 1), 0);
  std::uint16_t port = listen_tls().port;
  StreamId right = open(StreamKind::tls_vouched, {{"localhost", port}}, "stun.turn");
  StreamId wrong = open(StreamKind::tls_vouched, {{"127.0.0.1", port}}, "stun.turn");
  run_until([&] { return log_of(right).opened && log_of(wrong).closed; });
  EXPECT_EQ(log_of(wrong).closed->why, StreamClosed::Why::untrusted);
  ::unsetenv("SSL_CERT_FILE");
  ::unlink(store.c_str());
}

/// A port nobody listens on: bound and not listening, so that nobody else gets it.
class DeadPort {
 public:
  DeadPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SocketAddress address = to_sockaddr({kLoopback4, 0});
    EXPECT_EQ(::bind(fd_, address.get(), address.length), 0);
  }
  ~DeadPort() { ::close(fd_); }
  HostPort target() const { return {"127.0.0.1", local_endpoint(fd_).port}; }

 private:
  int fd_;
};

TEST_F(DriverTest, NobodyThereIsUnreachable) {
  DeadPort dead;
  StreamId refused = open(StreamKind::tls, {dead.target()});
  StreamId unknown = open(StreamKind::tcp, {{"no-such-name.invalid", 1}});
  StreamId nowhere = open(StreamKind::tcp, std::vector<HostPort>{});
  run_until([&] { return log_of(refused).closed && log_of(unknown).closed && log_of(nowhere).closed; });
  for (StreamId id : {refused, unknown, nowhere})
    EXPECT_EQ(log_of(id).closed->why, StreamClosed::Why::unreachable);
}

TEST_F(DriverTest, ADeadFirstTargetDoesNotHinderTheSecond) {
  DeadPort dead;
  Endpoint at = listen_tls();
  StreamId id = open(StreamKind::websocket, {dead.target(), {"127.0.0.1", at.port}});
  run_until([&] { return log_of(id).opened.has_value(); });
  EXPECT_EQ(log_of(id).opened->remote, at);
}

TEST_F(DriverTest, ASilentFirstTargetIsOvertaken) {
  // 192.0.2.0/24 (RFC 5737) answers nobody, or is refused at once where there is no route: both must do.
  config_.race_delay = 10ms;
  Endpoint at = listen_tcp();
  StreamId id = open(StreamKind::tcp, {{"192.0.2.1", 9}, {"127.0.0.1", at.port}});
  run_until([&] { return log_of(id).opened.has_value(); });
  EXPECT_EQ(log_of(id).opened->remote, at);
}

TEST_F(DriverTest, AMuteTlsServerEndsWithTheTimeLimit) {
  config_.connect_timeout = 50ms;
  StreamId id = open(StreamKind::tls, listen_tcp());
  run_until([&] { return log_of(id).closed.has_value(); });
  EXPECT_EQ(log_of(id).closed->why, StreamClosed::Why::unreachable);
}

TEST_F(DriverTest, ClosingAStreamThatIsNotYetOpenIsSilent) {
  StreamId id = open(StreamKind::tls, listen_tls(), "stun.turn");
  script_.commands.push_back(CloseStream{id});
  StreamId next = open(StreamKind::tcp, listen_tcp());
  run_until([&] { return log_of(next).opened.has_value(); });
  EXPECT_FALSE(log_of(id).opened || log_of(id).closed);
}

TEST_F(DriverTest, StopWhenFlushedSendsTheLastWords) {
  StreamId id = open(StreamKind::websocket, listen_tls());
  run_until([&] { return log_of(id).opened && !accepted_.empty(); });
  StreamId server = accepted_[0].stream;
  send(id, Buffer{1, 2});
  script_.commands.push_back(CloseStream{id});
  driver_->after_turn([] { return false; });
  driver_->stop_when_flushed(5s);
  driver_->run();
  EXPECT_EQ(log_of(server).bytes, (Buffer{1, 2}));
  EXPECT_TRUE(log_of(server).closed.has_value());
}

// ---- HTTP CONNECT, against a tiny proxy that is a machine too

class ProxyTest : public DriverTest {
 protected:
  /// Answers the CONNECT with status_ (after a challenge, if it makes one), then passes bytes between the two
  /// streams.
  void on_event(StreamId id, const StreamEvent& event) {
    if (id == client_side_ && std::holds_alternative<StreamData>(event)) {
      ByteView bytes = std::get<StreamData>(event).bytes;
      if (!request_.empty()) return send(server_side_, bytes);
      const std::string request(text_of(bytes));
      if (!challenge_.empty() && request.find("Proxy-Authorization") == std::string::npos)
        return send(client_side_,
                    bytes_of("HTTP/1.1 407 No\r\nProxy-Authenticate: " + challenge_ + "\r\n\r\n"));
      request_ = request;
      if (status_.find(" 200 ") == std::string::npos)
        return send(client_side_, bytes_of(status_ + "\r\n\r\n"));
      server_side_ = open(StreamKind::tcp, target_);
    }
    if (id == server_side_ && std::holds_alternative<StreamOpened>(event))
      send(client_side_, bytes_of(status_ + "\r\nVia: test\r\n\r\n"));
    if (id == server_side_ && std::holds_alternative<StreamData>(event))
      send(client_side_, std::get<StreamData>(event).bytes);
  }

  Endpoint target_;
  std::string status_, request_, challenge_;
  StreamId client_side_{}, server_side_{};
};

TEST_F(ProxyTest, ConnectCarriesAWebSocketAndSaysSo) {
  const char* challenges[] = {"Basic realm=\"r\"",
                              "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256"};
  const char* proofs[] = {"Proxy-Authorization: Basic dXMgZXI6cDp3\r\n",
                          "Proxy-Authorization: Digest username=\"us er\""};
  for (int i : {0, 1}) {
    // The driver copies its configuration, so the proxy's port must be known before: take one and give it
    // back.
    std::uint16_t port = DeadPort().target().port;
    config_.proxy.proxy = Proxy{{"127.0.0.1", port}, "us er", "p:w"};
    make();
    challenge_ = challenges[i];
    request_.clear();
    target_ = listen_tls();
    ASSERT_TRUE(
        driver().listen_tcp({kLoopback4, port}, [this](const Accepted& a) { client_side_ = a.stream; }).ok());
    status_ = "HTTP/1.1 200 Connection established";
    script_.stream = [this](StreamId id, const StreamEvent& event) { on_event(id, event); };
    StreamId id = open(StreamKind::websocket, {{"rendezvous.example", 443}});
    run_until([&] { return log_of(id).opened.has_value(); });
    EXPECT_TRUE(log_of(id).opened->proxied);
    EXPECT_TRUE(
        request_.starts_with("CONNECT rendezvous.example:443 HTTP/1.1\r\nHost: rendezvous.example:443\r\n"));
    EXPECT_THAT(request_, ::testing::HasSubstr(proofs[i]));
  }
}

TEST_F(ProxyTest, ARefusingProxyIsUnreachableAndAWrongPasswordFails) {
  for (auto [status, why] :
       {std::pair("HTTP/1.1 403 Forbidden", StreamClosed::Why::unreachable),
        std::pair("HTTP/1.1 407 Proxy Authentication Required", StreamClosed::Why::failed),
        std::pair("SSH-2.0-OpenSSH", StreamClosed::Why::unreachable)}) {
    std::uint16_t port = DeadPort().target().port;
    config_.proxy.proxy = Proxy{{"127.0.0.1", port}, "", ""};
    make();
    ASSERT_TRUE(
        driver().listen_tcp({kLoopback4, port}, [this](const Accepted& a) { client_side_ = a.stream; }).ok());
    status_ = status;
    request_.clear();
    script_.stream = [this](StreamId id, const StreamEvent& event) { on_event(id, event); };
    StreamId id = open(StreamKind::tls, {{"relay.example", 443}});
    run_until([&] { return log_of(id).closed.has_value(); });
    EXPECT_EQ(log_of(id).closed->why, why) << status;
  }
}

TEST(RawStranger, ConnectsAndLeavesWithoutAWord) {
  Script script;
  NullLog log;
  Driver driver(script, log);
  int accepted = 0;
  Endpoint at = *driver.listen_tls({kLoopback4, 0}, make_tls_identity("localhost", wall_now()), {"/"},
                                   [&](const Accepted&) { ++accepted; });
  std::thread stranger([&] {
    for (std::uint8_t first : {0x00, 0x16, 0x47, 0xFF}) {
      RawTcp raw(at);
      raw.send(Buffer(700, first));
    }
    RawTcp last(at);
    last.send(bytes_of("\x16\x03\x01\xFF\xFF"));
    driver.post([&] { driver.stop_when_flushed(0s); });
  });
  driver.run();
  stranger.join();
  EXPECT_EQ(accepted, 0);
}

}  // namespace
}  // namespace godesk::os
