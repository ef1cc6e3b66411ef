// For tests: a caller's and a host's session over real QUIC and an in-memory carrier with a delay each way,
// and a rate where the test wants one, in virtual time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/queue.h"
#include "session/quic_channel.h"
#include "session/session.h"
#include "sim/link_model.h"
#include "sim/seeded_random.h"

namespace godesk::session {

/// Carries packets to its twin, as its line does. Counts what it was told.
class WireCarrier final : public link::Carrier {
 public:
  struct Packet {
    Time at;
    Buffer bytes;
  };

  explicit WireCarrier(Duration delay) : line_({.delay = delay}) {}
  void connect(WireCarrier& twin) { twin_ = &twin; }
  void cut(bool down) { down_ = down; }
  void set_line(const sim::LinkConfig& line) { line_.set(line); }

  void start(Time) override {
    events_.push_back(link::PathChanged{});
    events_.push_back(link::Signal{{1}});
  }
  void send(Time now, ByteView packet, link::Urgency) override {
    const auto at = down_ ? std::nullopt : line_.carry(now, packet.size(), chance_);
    if (at) twin_->wire_.push_back({*at, to_buffer(packet)});
  }
  void on_signal(Time, ByteView bytes) override { signals.push_back(to_buffer(bytes)); }
  void allow_direct(Time) override {
    direct_allowed = true;
    events_.push_back(link::Signal{{2}});
  }
  void set_epoch(std::uint16_t) override {}
  void close(Time) override { closed = true; }
  std::optional<link::Event> next_event() override { return pop(events_); }
  std::size_t mtu() const override { return 1200; }
  bool has_path() const override { return true; }
  void lose_path() { events_.push_back(link::PathLost{}); }

  void on_timer(Time now) override {
    for (; !wire_.empty() && wire_.front().at <= now; wire_.pop_front()) {
      events_.push_back(link::Received{std::move(wire_.front().bytes), 1});
    }
  }
  std::optional<Command> next_command() override { return std::nullopt; }
  std::optional<Transmit> next_transmit() override { return std::nullopt; }
  Time next_deadline() const override { return wire_.empty() ? kNever : wire_.front().at; }

  std::vector<Buffer> signals;
  bool direct_allowed = false, closed = false;

 private:
  sim::LinkModel line_;
  sim::SeededRandom chance_{3};
  WireCarrier* twin_ = nullptr;
  bool down_ = false;
  std::deque<Packet> wire_;
  std::deque<link::Event> events_;
};

/// Both ends, pumped until nothing moves.
struct Pair {
  explicit Pair(Gatekeeper& door, auth::Identity host_identity, const std::string& password,
                std::uint64_t seed = 1)
      : random(seed) {
    auto c = std::make_unique<WireCarrier>(25ms), h = std::make_unique<WireCarrier>(25ms);
    caller_wire = c.get();
    host_wire = h.get();
    c->connect(*h);
    h->connect(*c);
    QuicChannelConfig mine{quic::Role::client, auth::make_identity(random), host_identity.public_key, {}};
    QuicChannelConfig theirs{quic::Role::server, host_identity, {}, {}};
    caller_key = mine.identity.public_key;
    caller = std::make_unique<Session>(std::make_unique<QuicChannel>(mine, std::move(c), random, log),
                                       Proof{password}, random, log);
    host = std::make_unique<Session>(std::make_unique<QuicChannel>(theirs, std::move(h), random, log), door,
                                     random, log);
    host->start(now);
    caller->start(now);
  }

  void drain() {
    for (auto* end : {caller.get(), host.get()}) {
      while (end->next_command() || end->next_transmit()) {
      }
    }
    while (auto event = caller->next_event()) caller_events.push_back(std::move(*event));
    while (auto event = host->next_event()) host_events.push_back(std::move(*event));
  }

  /// Jumps from deadline to deadline until `done` or `limit` has passed; says which.
  bool run(const std::function<bool()>& done, Duration limit = 20s) {
    const Time end = now + limit;
    for (drain(); !done(); drain()) {
      const Time next = std::min(caller->next_deadline(), host->next_deadline());
      if (next > end) return false;
      now = std::max(now, next);
      if (caller->next_deadline() <= now) caller->on_timer(now);
      if (host->next_deadline() <= now) host->on_timer(now);
    }
    return true;
  }

  template <class E>
  static const E* find(const std::vector<Event>& events) {
    for (const auto& event : events) {
      if (auto* e = std::get_if<E>(&event)) return e;
    }
    return nullptr;
  }
  bool both_in() const { return caller->authenticated() && host->authenticated(); }

  sim::SeededRandom random;
  NullLog log;
  Time now{};
  WireCarrier* caller_wire = nullptr;
  WireCarrier* host_wire = nullptr;
  crypto::PublicKey caller_key;
  std::unique_ptr<Session> caller, host;
  std::vector<Event> caller_events, host_events;
};

}  // namespace godesk::session
