// Reaches every handler of turn::Server with valid credentials: Allocate, Refresh, CreatePermission,
// ChannelBind, Send, ChannelData, Binding, datagrams from peers, streams. The input is a script of steps;
// integrity and nonce are made right here. Whatever it says, no datagram may leave for an address that the
// policy forbids, nor for this machine.
#include <cstdlib>

#include "cheap_crypto.h"
#include "stun_script.h"
#include "turn/server.h"

using namespace fuzz;

namespace {

struct Chance final : Random {
  void fill(MutableBytes out) override {
    for (auto& byte : out) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<std::uint8_t>(state >> 56);
    }
  }
  std::uint64_t state = 1;
};

const Buffer& key_of(std::string_view username) {
  static const Buffer keys[] = {stun::long_term_key("user", "godesk", "pass"),
                                stun::long_term_key("1", "godesk", "pass"),
                                stun::long_term_key("2", "godesk", "pass")};
  return keys[username == "1" ? 1 : username == "2" ? 2 : 0];
}

/// "user" reaches what the policy allows; "1" and "2" are tickets of two sessions.
struct Users final : turn::Credentials {
  std::optional<turn::Grant> find(std::string_view username, std::string_view) const override {
    turn::Grant grant;
    grant.key = key_of(username);
    if (username == "user") return grant;
    if (username != "1" && username != "2") return std::nullopt;
    grant.kind = turn::Grant::Kind::ticket;
    grant.session = static_cast<std::uint64_t>(username[0]);
    return grant;
  }
};

const IpAddress kOwn = IpAddress::v4(0xC6336401);  // 198.51.100.1
const IpAddress kOwn6 = *IpAddress::parse("2001:db8::1");

struct World {
  World() : server(config(), users, ids, random, log), listener(ids.socket()) {
    server.add_udp_listener(listener, {kOwn, 3478});
    server.on_network(now, {kOwn, kOwn6});
  }
  static turn::Server::Config config() {
    turn::Server::Config c;
    c.relay.v4 = turn::RelayAddress{kOwn, kOwn};
    c.relay.v6 = turn::RelayAddress{kOwn6, kOwn6};
    c.relay.first = 50000;
    c.relay.last = 50015;
    c.max_allocations = 8;
    c.max_permissions = 4;
    c.max_channels = 4;
    return c;
  }
  Endpoint client(std::uint8_t n) const { return {IpAddress::v4(0xCB007101u + n % 4), 4000}; }

  void drain() {
    for (bool more = true; more;) {
      more = false;
      while (auto command = server.next_command()) {
        more = true;
        if (auto* open = std::get_if<OpenSocket>(&*command)) {
          relays.push_back(open->socket);
          server.on_socket(now, open->socket, SocketOpened{open->local});
        }
      }
      while (auto transmit = server.next_transmit()) judge(*transmit);
    }
  }
  void judge(const Transmit& transmit) const {
    auto* datagram = std::get_if<Datagram>(&transmit);
    if (datagram == nullptr || datagram->socket == listener) return;
    const auto ip = turn::normalise(datagram->to.ip);
    if (!ip || !turn::is_public(*ip) || *ip == kOwn || *ip == kOwn6 || datagram->to.port < 1024) std::abort();
  }

  Buffer message(Reader& in, const Endpoint& from) {
    const std::uint8_t what = in.u8();
    static constexpr stun::Method kMethods[] = {stun::Method::allocate,
                                                stun::Method::refresh,
                                                stun::Method::create_permission,
                                                stun::Method::channel_bind,
                                                stun::Method::send,
                                                stun::Method::binding,
                                                stun::Method::data,
                                                static_cast<stun::Method>(0x123)};
    const auto method = kMethods[what % 8];
    const bool plain = method == stun::Method::send || method == stun::Method::binding;
    const auto cls = method == stun::Method::send ? stun::Class::indication : stun::Class::request;
    stun::Builder b(cls, method, random.bytes<12>());
    if (method == stun::Method::allocate) b.u8(stun::Attr::requested_transport, stun::kTransportUdp);
    add_attributes(in, b);
    if (plain) return b.finish();
    static constexpr const char* kUsers[] = {"user", "1", "2", "user"};
    const char* user = kUsers[(from.ip.v4_bits() - 1) % 4];
    b.text(stun::Attr::username, user).text(stun::Attr::realm, server.realm());
    b.text(stun::Attr::nonce, server.issue_nonce(now, from.ip));
    b.integrity_sha1(key_of(user));
    return b.finish_with_fingerprint();
  }

  void step(Reader& in) {
    const std::uint8_t op = in.u8();
    const Endpoint from = client(in.u8());
    switch (op % 8) {
      case 0:
      case 1:
        return server.on_datagram(now, listener, from, message(in, from));
      case 2:
        return server.on_datagram(now, listener, from, some(in, in.u8()));
      case 3: {
        const auto channel = static_cast<std::uint16_t>(0x4000 | in.u8() % 8);
        return server.on_datagram(now, listener, from, stun::channel_data(channel, some(in, in.u8()), false));
      }
      case 4: {
        const std::size_t n = in.u8();
        const Endpoint peer{IpAddress::v4(in.u32()), in.u16()};
        if (!relays.empty()) server.on_datagram(now, relays[n % relays.size()], peer, some(in, in.u8()));
        return;
      }
      case 5:
        now += std::chrono::milliseconds(in.u16() * 10);
        return server.on_timer(now);
      case 6:
        return stream_step(in, from);
      default:
        return server.ban(now, in.u8());
    }
  }
  void stream_step(Reader& in, const Endpoint& from) {
    const StreamId id = Ids::accepted(from.ip.v4_bits() & 3);
    const std::uint8_t what = in.u8();
    if (what % 4 == 0) return server.on_stream(now, id, StreamOpened{{kOwn, 3478}, from, {}, false});
    if (what % 4 == 1) return server.on_stream(now, id, StreamData{message(in, from)});
    if (what % 4 == 2) return server.on_stream(now, id, StreamData{some(in, in.u8())});
    server.on_stream(now, id, StreamClosed{});
  }

  Time now = Time{} + 5h;
  Ids ids;
  Chance random;
  NullLog log;
  Users users;
  turn::Server server;
  SocketId listener;
  std::vector<SocketId> relays;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in({data, size});
  World world;
  for (int steps = 0; steps < 32 && !in.empty(); ++steps) {
    world.step(in);
    world.drain();
  }
  return 0;
}
