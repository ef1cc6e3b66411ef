// Reaches quic::Connection on both ends: a handshake and some traffic, with every packet at the mercy of the
// input. The input is a list of steps of two bytes, what and how much: deliver, drop, duplicate, damage, cut
// or forge packets, put frames of the input's choice into them, let time pass, and use every call of the
// interface in any order. There is no encryption (null_tls.h), so a changed packet is a peer's who sends such
// frames; the reading of TLS messages is GnuTLS's own.
#include <algorithm>
#include <deque>

#include "null_tls.h"
#include "quic/connection.h"

using namespace godesk;

namespace {

// RFC 8032 7.1, tests 1 and 2.
constexpr const char* kSeeds[] = {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                                  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"};
constexpr const char* kPublics[] = {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                                    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"};

quic::RawKey key(const char* hex) {
  quic::RawKey out{};
  const auto bytes = from_hex(hex);
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

quic::Config config(int side) {
  static const quic::RawKey seeds[] = {key(kSeeds[0]), key(kSeeds[1])};
  static const quic::RawKey publics[] = {key(kPublics[0]), key(kPublics[1])};
  quic::Config c;
  c.seed = seeds[side];
  c.public_key = publics[side];
  c.expected_peer = publics[1 - side];
  c.send_buffer = 100'000;
  if (side == 1) c.initial_limits = quic::Limits{16384, 16384, 2};
  return c;
}

class CountingRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = next_ += 7;
  }

 private:
  std::uint8_t next_ = 1;
};

struct Pair {
  CountingRandom random;
  NullLog log;
  Time now{1s};
  std::unique_ptr<quic::Connection> end[2];
  std::deque<Buffer> wire[2];  // towards each end
  std::vector<quic::StreamHandle> streams;

  Pair() {
    end[0] = std::make_unique<quic::Connection>(config(0), now, random, log);
    drain();
  }
  void drain() {
    for (int i : {0, 1}) {
      if (!end[i]) continue;
      while (auto packet = end[i]->next_packet(now)) wire[1 - i].push_back(std::move(packet->bytes));
      while (auto event = end[i]->next_event())
        if (const auto* opened = std::get_if<quic::StreamOpened>(&*event)) streams.push_back(opened->stream);
      while (wire[i].size() > 200) wire[i].pop_front();
    }
  }
  void deliver(int to, const Buffer& bytes, std::uint16_t epoch) {
    if (!end[to]) {
      const auto first = quic::accept(bytes);
      if (!first) return;
      end[to] = std::make_unique<quic::Connection>(config(to), *first, now, random, log);
    }
    end[to]->on_packet(now, bytes, epoch);
    drain();
  }
  void flow(int packets) {
    for (int i = 0; i < packets; ++i) {
      for (int to : {0, 1}) {
        if (wire[to].empty()) continue;
        const Buffer bytes = std::move(wire[to].front());
        wire[to].pop_front();
        deliver(to, bytes, end[0]->epoch());
      }
      pass(1ms);
    }
  }
  void pass(Duration d) {
    now += d;
    for (auto& e : end)
      if (e && e->next_deadline() <= now) e->on_timer(now);
    drain();
  }
};

void damage(Pair& pair, int to, std::uint8_t how) {
  if (pair.wire[to].empty()) return;
  Buffer& bytes = pair.wire[to].front();
  if (bytes.empty()) return;
  bytes[how % bytes.size()] ^= static_cast<std::uint8_t>(how | 1);
}

/// Another payload in a packet of the session: frames as a peer who is in could send them.
void graft(Pair& pair, int to, ByteView frames) {
  if (pair.wire[to].empty() || frames.empty()) return;
  Buffer& bytes = pair.wire[to].front();
  if (bytes.size() < 16 || bytes[0] & 0x80) return;
  const std::size_t id = to == 0 ? 0 : 8;                  // none of the client's
  const std::size_t header = 1 + id + (bytes[0] & 3) + 1;  // first byte, connection id, packet number
  bytes.resize(header);
  append(bytes, frames);
  bytes.resize(bytes.size() + null_tls::kTag);
}

void use(quic::Connection& c, Pair& pair, int call, std::uint8_t much) {
  const auto stream =
      pair.streams.empty() ? quic::StreamHandle{much} : pair.streams[much % pair.streams.size()];
  switch (call) {
    case 0:
      if (const auto opened = c.open_stream(much)) pair.streams.push_back(*opened);
      break;
    case 1:
      c.write(stream, Buffer(much * 16u), much % 5 == 0);
      break;
    case 2:
      c.reset_stream(stream, much);
      break;
    case 3:
      c.stop_stream(stream, much);
      break;
    case 4:
      c.send_datagram(Buffer(much * 5u), much % 2 ? quic::Urgency::urgent : quic::Urgency::bulk);
      break;
    case 5:
      c.set_path_mtu(1100 + much * 2u);
      break;
    case 6:
      c.migrate(pair.now);
      break;
    case 7:
      c.set_priority(stream, much);
      break;
    case 8:
      c.grant_full_limits();
      break;
    case 9:
      c.stats(), c.tls(), c.channel_binding(), c.unsent(), c.unacked(stream);
      break;
    default:
      if (much == 255) c.close(pair.now, much, "end");
  }
  pair.drain();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Pair pair;
  for (std::size_t i = 0, steps = 0; i + 1 < size && steps < 100; i += 2, ++steps) {
    const int kind = data[i] >> 1, side = data[i] & 1;
    const int what = kind < 120 ? kind % 20 : 20;
    const std::uint8_t much = data[i + 1];
    auto& wire = pair.wire[side];
    switch (what) {
      case 0:
        pair.flow(much % 32);
        break;
      case 1:
        pair.pass(much * 10ms);
        break;
      case 2:
        damage(pair, side, much);
        break;
      case 3:
        if (!wire.empty()) wire.pop_front();
        break;
      case 4:
        if (!wire.empty()) wire.push_back(wire[much % wire.size()]);
        break;
      case 5:
        if (!wire.empty()) wire.front().resize(std::min<std::size_t>(wire.front().size(), much));
        break;
      case 6:
        if (!wire.empty()) pair.deliver(side, Buffer(wire[much % wire.size()]), much);
        break;
      case 7:
        pair.deliver(side, Buffer(data + i, data + size), 1);
        break;
      case 8:
        pair.pass(much * 1s);
        break;
      case 20: {
        const std::size_t length = std::min<std::size_t>(much, size - i - 2);
        graft(pair, side, {data + i + 2, length});
        i += length;
        break;
      }
      default:
        if (pair.end[side]) use(*pair.end[side], pair, what - 9, much);
    }
  }
  return 0;
}
