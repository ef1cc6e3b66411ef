// TCP in the virtual world: reliable, ordered, delayed byte pipes between processes. TLS and WebSocket cost
// their round trips and give both ends the same synthetic exporter; nothing is encrypted.
//
// A pipe whose path is down holds its bytes and goes on when it heals. Raw and TLS bytes arrive in pieces of
// at most one segment, so that readers must reassemble; a WebSocket message arrives whole.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>

#include "base/machine.h"
#include "sim/topology.h"

namespace godesk::sim {

/// A machine that runs on a host; several may run on one.
enum class ProcessId : std::uint32_t {};

class Streams {
 public:
  /// Told about a stream just before its StreamOpened at the accepting side.
  using OnAccept = std::function<void(StreamId, const OpenStream&)>;
  using Tell = std::function<void(ProcessId, StreamId, const StreamEvent&)>;
  using TellBacklog = std::function<void(ProcessId, StreamId, std::size_t)>;

  Streams(Scheduler& scheduler, SeededRandom& random, Topology& net, Tell tell, TellBacklog tell_backlog)
      : scheduler_(&scheduler),
        random_(&random),
        net_(&net),
        tell_(std::move(tell)),
        tell_backlog_(std::move(tell_backlog)) {}

  void listen(ProcessId process, NodeId host, std::uint16_t port, OnAccept on_accept);
  void open(ProcessId process, NodeId host, const OpenStream& what,
            const std::vector<std::pair<IpAddress, std::uint16_t>>& targets);
  void write(ProcessId process, StreamId stream, Buffer bytes);
  void close(ProcessId process, StreamId stream);
  /// All streams and listeners of a process end; the other ends hear it one delay later.
  void kill(ProcessId process);
  /// A change of address breaks what runs over it: both ends hear StreamClosed::failed.
  void break_all(ProcessId process);

 private:
  struct Listener {
    ProcessId process{};
    OnAccept on_accept;
  };
  struct Direction {
    std::deque<std::optional<Buffer>> queue;  // nullopt: the end
    std::size_t backlog = 0;
    bool was_behind = false, moving = false;
    Time last_arrival{};
  };
  struct Side {
    ProcessId process{};
    NodeId host{};
    StreamId id{};
    bool open = false;
    Direction out;
  };
  struct Pipe {
    OpenStream what;
    Endpoint server_local, client_seen;
    IpAddress server_ip;
    Side side[2];  // 0 the one who opened, 1 the one who accepted
  };
  using Key = std::pair<ProcessId, StreamId>;
  using PipeId = std::uint64_t;

  void accept(PipeId id, Duration delay, int round_trips);
  void opened(PipeId id, int side, const Buffer& exporter);
  void move(PipeId id, int side);
  void depart(PipeId id, int side, const Topology::Route& way);
  void deliver(PipeId id, int to_side, const std::optional<Buffer>& bytes);
  void end(PipeId id, int side, StreamClosed::Why why, Duration after);
  void fail_open(ProcessId process, StreamId stream, Duration after);
  std::optional<Topology::Route> route(const Pipe& pipe) const;
  Pipe* find(PipeId id);

  Scheduler* scheduler_;
  SeededRandom* random_;
  Topology* net_;
  Tell tell_;
  TellBacklog tell_backlog_;
  std::map<std::pair<NodeId, std::uint16_t>, Listener> listeners_;
  std::map<PipeId, Pipe> pipes_;
  std::map<Key, std::pair<PipeId, int>> by_id_;
  PipeId last_pipe_ = 0;
  std::uint32_t accepted_ = 0;
};

}  // namespace godesk::sim
