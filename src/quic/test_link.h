// For tests: two connections and the link between them, in virtual time and with seeded chance.
//
//   1. Both ends are drained after every step; packets enter the link's queue at its rate.
//   2. A packet is lost by chance, by a full queue, by its size, or because the link is
//      down; else it arrives.
//   3. run_until() jumps from one arrival or deadline to the next.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/test_random.h"
#include "quic/connection.h"
#include "quic/connection_core.h"

namespace godesk::quic {

struct ConnectionTestAccess {
  static std::unique_ptr<Connection> make(Config config, const AcceptInfo* first, Time now, Random& random,
                                          LogSink& log, const TlsOptions& options) {
    return std::unique_ptr<Connection>(new Connection(
        std::make_unique<ConnectionCore>(std::move(config), first, now, random, log, options)));
  }
};

/// Test keys: RFC 8032 section 7.1, tests 1 to 3.
struct KeyPair {
  RawKey seed, public_key;
};
inline RawKey key_from_hex(std::string_view hex) {
  RawKey key{};
  const auto bytes = from_hex(hex);
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}
inline KeyPair client_key() {
  return {key_from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
          key_from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")};
}
inline KeyPair server_key() {
  return {key_from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
          key_from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")};
}
inline KeyPair other_key() {
  return {key_from_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
          key_from_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")};
}
inline Config config_of(const KeyPair& own, std::optional<RawKey> peer = std::nullopt) {
  Config config;
  config.seed = own.seed;
  config.public_key = own.public_key;
  config.expected_peer = peer;
  return config;
}

struct LinkConfig {
  Duration delay = 25ms;  // one way
  BitsPerSecond rate{20'000'000};
  Duration queue = 100ms;  // of sending time; the tail drops
  double loss = 0;
  std::size_t mtu = 1452;
  bool up = true;
};

/// One end, with everything its events said.
struct End {
  std::unique_ptr<Connection> connection;
  std::optional<RawKey> peer;
  std::optional<Closed> closed;
  std::vector<StreamHandle> opened, ended, reset, gone;
  std::map<StreamHandle, std::uint64_t> received;  // bytes
  std::map<StreamHandle, Time> finished;
  std::map<StreamHandle, std::string> text;  // kept up to 64 kB
  std::vector<Buffer> datagrams;
  std::vector<std::string> order;      // names of events
  std::optional<std::uint16_t> epoch;  // claimed towards the peer instead of the true one
  bool answer_fin = true;              // end our side of a stream when the peer has
  std::uint64_t packets[2] = {};       // sent, by Urgency
  std::size_t largest_packet = 0;
  std::function<void(const Packet&)> on_packet;
};

class TestLink {
 public:
  explicit TestLink(Config client_config = config_of(client_key(), server_key().public_key),
                    Config server_config = config_of(server_key(), client_key().public_key),
                    std::uint64_t seed = 1)
      : random_(seed), server_config_(std::move(server_config)), client_config_(std::move(client_config)) {}

  LinkConfig to_server, to_client;
  TlsOptions client_tls, server_tls;
  End client, server;
  Time now{1s};
  std::function<void()> on_step;  // after each step, to feed data

  void both(const std::function<void(LinkConfig&)>& change) { change(to_server), change(to_client); }
  void start() {
    client.connection = ConnectionTestAccess::make(client_config_, nullptr, now, random_, log_, client_tls);
    drain();
  }
  bool connect(Duration within = 5s) {
    start();
    return run_until([&] { return client.peer && server.peer; }, within);
  }
  /// False if `what` did not become true in time, or nothing more can happen.
  bool run_until(const std::function<bool()>& what, Duration within) {
    const Time end = now + within;
    while (!what()) {
      const Time next = next_time();
      if (next > end) {
        now = end;
        return what();
      }
      step(next);
    }
    return true;
  }
  void run_for(Duration d) {
    run_until([] { return false; }, d);
  }
  /// Packets and events out of both ends; needed after calls made outside a step.
  void drain() {
    drain(client, to_server, server_busy_, true);
    drain(server, to_client, client_busy_, false);
  }
  SeededRandom& random() { return random_; }
  std::size_t in_flight() const { return wire_.size(); }
  std::uint64_t idle_steps() const { return idle_steps_; }

 private:
  struct Arrival {
    bool at_server;
    Buffer bytes;
    std::uint16_t epoch;
  };

  Time next_time() const {
    Time next = wire_.empty() ? kNever : wire_.begin()->first;
    for (const End* end : {&client, &server})
      if (end->connection) next = std::min(next, end->connection->next_deadline());
    return next;
  }

  void step(Time next) {
    idle_steps_ = next <= now ? idle_steps_ + 1 : 0;
    if (idle_steps_ > 1000) throw std::logic_error("a deadline that does not pass");
    now = std::max(now, next);
    while (!wire_.empty() && wire_.begin()->first <= now) {
      const Arrival arrival = std::move(wire_.begin()->second);
      wire_.erase(wire_.begin());
      deliver(arrival);
      drain();
    }
    for (End* end : {&client, &server})
      if (end->connection && end->connection->next_deadline() <= now) end->connection->on_timer(now);
    drain();
    if (on_step) on_step(), drain();
  }

  void deliver(const Arrival& arrival) {
    if (arrival.at_server && !server.connection) {
      const auto first = accept(arrival.bytes);
      if (!first) return;
      server.connection = ConnectionTestAccess::make(server_config_, &*first, now, random_, log_, server_tls);
    }
    End& end = arrival.at_server ? server : client;
    end.connection->on_packet(now, arrival.bytes, arrival.epoch);
  }

  void drain(End& end, const LinkConfig& link, Time& busy_until, bool at_server) {
    if (!end.connection) return;
    while (auto packet = end.connection->next_packet(now)) {
      ++end.packets[static_cast<int>(packet->urgency)];
      end.largest_packet = std::max(end.largest_packet, packet->bytes.size());
      if (end.on_packet) end.on_packet(*packet);
      send(link, busy_until,
           {at_server, std::move(packet->bytes), end.epoch.value_or(end.connection->epoch())});
    }
    while (auto event = end.connection->next_event()) std::visit([&](auto& e) { note(end, e); }, *event);
  }

  void send(const LinkConfig& link, Time& busy_until, Arrival arrival) {
    const bool lost = random_.unit() < link.loss;
    if (!link.up || arrival.bytes.size() > link.mtu || busy_until > now + link.queue) return;
    const auto bits = static_cast<std::int64_t>(arrival.bytes.size()) * 8;
    busy_until = std::max(busy_until, now) + Duration(bits * 1'000'000'000 / link.rate.n);
    if (!lost) wire_.emplace(busy_until + link.delay, std::move(arrival));
  }

  void note(End& end, const Connected& e) { end.peer = e.peer, end.order.push_back("connected"); }
  void note(End& end, const StreamOpened& e) {
    end.opened.push_back(e.stream), end.order.push_back("opened");
  }
  void note(End& end, const StreamData& e) {
    end.order.resize(std::min<std::size_t>(end.order.size(), 1000));
    end.order.push_back("data");
    end.received[e.stream] += e.bytes.size();
    auto& text = end.text[e.stream];
    if (text.size() < 65536) text += text_of(e.bytes);
    if (!e.fin) return;
    end.ended.push_back(e.stream);
    end.finished[e.stream] = now;
    if (end.answer_fin) end.connection->write(e.stream, {}, true);
  }
  void note(End& end, const StreamReset& e) { end.reset.push_back(e.stream); }
  void note(End& end, const StreamClosed& e) { end.gone.push_back(e.stream); }
  void note(End& end, const DatagramReceived& e) { end.datagrams.push_back(e.bytes); }
  void note(End& end, const Closed& e) { end.closed = e, end.order.push_back("closed"); }

  NullLog log_;
  SeededRandom random_;
  Config server_config_, client_config_;
  std::multimap<Time, Arrival> wire_;
  Time server_busy_{}, client_busy_{};
  std::uint64_t idle_steps_ = 0;
};

}  // namespace godesk::quic
