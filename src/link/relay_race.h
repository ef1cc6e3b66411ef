// One relay server: an allocation on it by whichever leg gets there first, and again when it is lost.
//
//   1. start(): UDP at once, UDP on port 443 half a stagger later, then TCP and TLS a stagger apart, a
//      WebSocket half a second after those; a leg that fails calls the next one forward.
//   2. The first Allocated wins: Up. The other legs are closed.
//   3. A lost allocation, or a round in which no leg got one, is Down; the next round starts by itself: at
//      once after a loss or with fresh credentials, else after 0.5, 1, 2, 4, then every 5 s; every second,
//      and with shorter rounds, while the link is in need. A server that was restarted takes the same
//      credentials again.
//   4. probe() asks the server whether the allocation still stands; silence or "no" is a loss.
//
// It never judges who is a peer: bind() and send() go where the link says.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "base/nest.h"
#include "link/link.h"
#include "turn/client.h"

namespace godesk::link {

class RelayRace final : public Machine {
 public:
  struct Config {
    RelayServer server;
    Duration stagger = 200ms;  // 0: all at once
    Duration websocket_after = 500ms;
    Duration round = 10s;  // a leg that got nothing until then has failed
    Duration round_in_need = 3s;
    Duration probe_timeout = 1500ms;  // silence after a probe that means loss
    std::size_t max_peers = 32;       // channels
  };
  struct Up {
    turn::Client::Allocated allocated;
    Transport transport{};
  };
  struct Down {
    bool was_up = false;
    bool refused = false;  // a leg heard that the credentials are not good
  };
  struct Data {
    Endpoint peer;
    Buffer bytes;
  };
  using Event = std::variant<Up, Down, Data>;

  RelayRace(Config config, Ids& ids, Random& random, LogSink& log);

  void start(Time now);
  /// Gives the allocation up, if there is one, and runs again at once.
  void restart(Time now);
  /// Fresh credentials; used from the next round on, which starts at once when nothing is up or under way.
  void set_server(Time now, RelayServer server);
  /// The link has no path: be quick.
  void set_need(Time now, bool need);
  void probe(Time now);
  /// Gives the allocation back and rests until restart(): two others are better.
  void rest(Time now);
  bool resting() const { return resting_; }
  /// The address that allocations get there (IPv4 where there is one), once one was had: what it is known by.
  const std::optional<IpAddress>& relay() const { return relay_; }
  /// From here to it and back, as Allocate took.
  Duration distance() const { return distance_; }
  /// A leg whose own address is gone is lost; of any other the server is asked.
  void network_changed(Time now, const std::vector<IpAddress>& addresses);
  void close(Time now);

  /// Permission and channel. Asked again after each Up by the caller.
  void bind(Time now, const Endpoint& peer);
  /// Dropped where the relay refused the peer, or nothing is up.
  void send(Time now, const Endpoint& peer, ByteView bytes);
  bool bound(const Endpoint& peer) const { return bound_.contains(peer); }

  const std::optional<Up>& up() const { return up_; }
  /// What the first allocation will be, as the server said; nothing once there was one.
  std::optional<Endpoint> expected() const;
  Time up_since() const { return up_since_; }
  /// When the server will let it go for good, if it said so.
  Time ends_at() const { return up_ ? runners_.front().client->ends_at() : kNever; }
  const RelayServer& server() const { return config_.server; }
  std::optional<Event> next_event();
  bool owns(SocketId socket) const { return nest_.owns(socket); }
  bool owns(StreamId stream) const { return nest_.owns(stream); }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override { return nest_.next_command(); }
  std::optional<Transmit> next_transmit() override { return nest_.next_transmit(); }
  Time next_deadline() const override;

 private:
  struct Runner {
    turn::Leg leg{};
    std::unique_ptr<turn::Client> client;
  };

  void begin_round(Time now);
  void start_next_leg(Time now);
  Duration until_next(bool second_udp) const;
  void collect(Time now);
  void on_client_event(Time now, const turn::Client* client, const turn::Client::Event& event);
  void on_allocated(Time now, const turn::Client* winner, const turn::Client::Allocated& allocated);
  void on_failed(Time now, const turn::Client* client, turn::Client::Reason reason);
  void drop(Time now, const turn::Client* client);
  void lose(Time now);
  void plan_next_round(Time now);
  turn::Client* winner() const { return up_ ? runners_.front().client.get() : nullptr; }

  Config config_;
  Ids& ids_;
  Random& random_;
  LogSink& log_;
  Nest nest_;
  std::vector<Runner> runners_;  // when up: the winner alone
  std::deque<std::pair<turn::Leg, HostPort>> waiting_;
  std::optional<Up> up_;
  std::set<Endpoint> bound_, refused_peers_;
  Time next_leg_ = kNever, next_round_ = kNever;
  Time probed_at_ = kNever;  // not kNever: a probe is out
  Time up_since_{};
  std::size_t failed_rounds_ = 0;
  bool refused_ = false;
  bool need_ = false, resting_ = false;
  std::optional<IpAddress> relay_;
  Duration distance_{};
  bool fresh_ = false;  // credentials that no round has used
  bool closed_ = false;
  std::deque<Event> events_;
};

}  // namespace godesk::link
