// Reaches every answer handler of turn::Client (Requests, ClientPeers, Data indications, ChannelData, stream
// frames): the input is a script of what a server says, with transaction and integrity made right here.
#include <cstdlib>

#include "cheap_crypto.h"
#include "stun_script.h"
#include "turn/client.h"

using namespace fuzz;

namespace {

struct Chance final : Random {
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(++state * 37 >> 3);
  }
  std::uint32_t state = 1;
};

struct World {
  explicit World(turn::Leg leg) : client(config(leg), ids, random, log) {
    client.start(now);
    drain();
    // A client draws one id, the first.
    if (leg == turn::Leg::udp) {
      client.on_socket(now, SocketId{1}, SocketOpened{{IpAddress::v4(0x0A000001), 4000}});
    } else {
      client.on_stream(now, StreamId{1}, StreamOpened{{}, server, {}, false});
    }
    drain();
    client.bind_channel(now, peer);
    client.permit(now, peer.ip);
  }
  static turn::Client::Config config(turn::Leg leg) {
    turn::Client::Config c;
    c.transport = leg;
    c.server = {"198.51.100.1", 3478};
    c.username = "user";
    c.password = "pass";
    c.both_families = true;
    return c;
  }

  void drain() {
    while (client.next_command()) {
    }
    while (auto transmit = client.next_transmit()) {
      const Buffer& bytes = std::holds_alternative<Datagram>(*transmit)
                                ? std::get<Datagram>(*transmit).bytes
                                : std::get<StreamBytes>(*transmit).bytes;
      auto m = stun::Message::parse(bytes);
      if (m.ok() && m->cls() == stun::Class::request) asked.push_back(bytes);
    }
    while (client.next_event()) {
    }
    if (asked.size() > 64) asked.erase(asked.begin(), asked.end() - 64);
  }
  void give(ByteView bytes) {
    if (on_udp) return client.on_datagram(now, SocketId{1}, server, bytes);
    client.on_stream(now, StreamId{1}, StreamData{bytes});
  }
  void answer(Reader& in, stun::Class cls) {
    if (asked.empty()) return;
    const auto request = stun::Message::parse(asked[asked.size() - 1 - in.u8() % asked.size()]);
    stun::Builder b(cls, request->method(), request->transaction());
    if (cls == stun::Class::success && request->method() == stun::Method::allocate)
      b.relayed({IpAddress::v4(0xC6336401), 50000}).mapped({IpAddress::v4(0xCB007101), 4000});
    add_attributes(in, b);
    b.integrity_sha1(stun::long_term_key("user", request->realm().value_or(""), "pass"));
    give(b.finish_with_fingerprint());
  }
  void challenge(Reader& in) {
    if (asked.empty()) return;
    const auto request = stun::Message::parse(asked.back());
    stun::Builder b(stun::Class::error, request->method(), request->transaction());
    b.error(in.u8() % 2 == 0 ? 401 : 438, "").bytes(stun::Attr::realm, some(in, 4));
    b.bytes(stun::Attr::nonce, some(in, 4));
    give(b.finish());
  }

  void step(Reader& in) {
    switch (in.u8() % 8) {
      case 0:
        return answer(in, stun::Class::success);
      case 1:
        return answer(in, stun::Class::error);
      case 2:
        return challenge(in);
      case 3:
        return give(some(in, in.u8()));
      case 4: {
        stun::Builder b(stun::Class::indication, stun::Method::data, random.bytes<12>());
        add_attributes(in, b);
        return give(b.finish());
      }
      case 5: {
        const auto channel = static_cast<std::uint16_t>(0x4000 + in.u8() % 3);
        return give(stun::channel_data(channel, some(in, in.u8()), !on_udp));
      }
      case 6:
        now += std::chrono::milliseconds(in.u16() * 10);
        return client.on_timer(now);
      default:
        return client.send(now, peer, some(in, in.u8()));
    }
  }

  Time now{};
  bool on_udp = true;
  Endpoint server{IpAddress::v4(0xC6336401), 3478};
  Endpoint peer{IpAddress::v4(0xC0000209), 5000};
  Ids ids;
  Chance random;
  NullLog log;
  turn::Client client;
  std::vector<Buffer> asked;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Reader in({data + 1, size - 1});
  World world(data[0] % 2 == 0 ? turn::Leg::udp : turn::Leg::tcp);
  world.on_udp = data[0] % 2 == 0;
  for (int steps = 0; steps < 32 && !in.empty(); ++steps) {
    world.step(in);
    world.drain();
  }
  return 0;
}
