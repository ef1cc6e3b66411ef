#include "sim/streams.h"

namespace godesk::sim {
namespace {

constexpr std::size_t kSegment = 1400;
constexpr Duration kRetry = 200ms;        // how often a pipe with a broken path looks again
constexpr Duration kConnectTimeout = 3s;  // a SYN that nobody answers

int round_trips(StreamKind kind) {
  switch (kind) {
    case StreamKind::tcp:
      return 1;
    case StreamKind::tls:
    case StreamKind::tls_vouched:
      return 2;
    case StreamKind::websocket:
    case StreamKind::websocket_vouched:
      return 3;
  }
  return 1;
}
bool whole_messages(StreamKind kind) { return round_trips(kind) == 3; }

}  // namespace

void Streams::listen(ProcessId process, NodeId host, std::uint16_t port, OnAccept on_accept) {
  listeners_[{host, port}] = {process, std::move(on_accept)};
}

Streams::Pipe* Streams::find(PipeId id) {
  auto found = pipes_.find(id);
  return found == pipes_.end() ? nullptr : &found->second;
}

std::optional<Topology::Route> Streams::route(const Pipe& pipe) const {
  return net_->route(pipe.side[0].host, pipe.server_ip);
}

void Streams::open(ProcessId process, NodeId host, const OpenStream& what,
                   const std::vector<std::pair<IpAddress, std::uint16_t>>& targets) {
  for (const auto& [ip, port] : targets) {
    auto way = net_->route(host, ip);
    if (!way || way->down || !listeners_.contains({way->server, port})) continue;
    PipeId id = ++last_pipe_;
    Pipe& pipe = pipes_[id];
    pipe.what = what;
    pipe.server_ip = ip;
    pipe.server_local = {ip, port};
    pipe.client_seen = {way->seen_as, static_cast<std::uint16_t>(1024 + random_->below(60000))};
    pipe.side[0] = Side{process, host, what.stream, false, {}};
    pipe.side[1] =
        Side{listeners_[{way->server, port}].process, way->server, Ids::accepted(++accepted_), false, {}};
    by_id_[{process, what.stream}] = {id, 0};
    by_id_[{pipe.side[1].process, pipe.side[1].id}] = {id, 1};
    return accept(id, way->delay, round_trips(what.kind));
  }
  fail_open(process, what.stream, kConnectTimeout);
}

void Streams::fail_open(ProcessId process, StreamId stream, Duration after) {
  scheduler_->at(scheduler_->now() + after, [this, process, stream] {
    tell_(process, stream, StreamClosed{StreamClosed::Why::unreachable, "no target answered"});
  });
}

void Streams::accept(PipeId id, Duration delay, int trips) {
  Buffer exporter(trips > 1 ? 32 : 0);
  random_->fill(exporter);
  scheduler_->at(scheduler_->now() + delay * (2 * trips - 1),
                 [this, id, exporter] { opened(id, 1, exporter); });
  scheduler_->at(scheduler_->now() + delay * (2 * trips), [this, id, exporter] { opened(id, 0, exporter); });
}

void Streams::opened(PipeId id, int side, const Buffer& exporter) {
  Pipe* pipe = find(id);
  if (!pipe) return;
  Side& here = pipe->side[side];
  here.open = true;
  if (side == 1) {
    auto listener = listeners_.find({here.host, pipe->server_local.port});
    if (listener == listeners_.end()) return end(id, 0, StreamClosed::Why::unreachable, 0ns);
    if (listener->second.on_accept) listener->second.on_accept(here.id, pipe->what);
    return tell_(here.process, here.id, StreamOpened{pipe->server_local, pipe->client_seen, exporter, false});
  }
  IpAddress own = net_->addresses(here.host).front();
  for (const IpAddress& ip : net_->addresses(here.host))
    if (ip.family() == pipe->server_ip.family()) own = ip;
  tell_(here.process, here.id,
        StreamOpened{{own, pipe->client_seen.port}, pipe->server_local, exporter, false});
}

void Streams::write(ProcessId process, StreamId stream, Buffer bytes) {
  auto found = by_id_.find({process, stream});
  if (found == by_id_.end() || bytes.empty()) return;
  auto [id, side] = found->second;
  Pipe& pipe = pipes_[id];
  Direction& out = pipe.side[side].out;
  out.backlog += bytes.size();
  std::size_t piece = whole_messages(pipe.what.kind) ? bytes.size() : kSegment;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    out.queue.emplace_back(to_buffer(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at))));
  if (!out.moving) move(id, side);
  if (Pipe* still = find(id)) {
    std::size_t backlog = still->side[side].out.backlog;
    still->side[side].out.was_behind |= backlog > 0;
    scheduler_->at(scheduler_->now(), [=, this] { tell_backlog_(process, stream, backlog); });
  }
}

void Streams::move(PipeId id, int side) {
  for (;;) {
    Pipe* pipe = find(id);
    if (!pipe) return;
    Direction& out = pipe->side[side].out;
    out.moving = !out.queue.empty();
    if (out.queue.empty()) return;
    auto way = route(*pipe);
    if (!way || way->down) return scheduler_->at(scheduler_->now() + kRetry, [=, this] { move(id, side); });
    std::size_t size = out.queue.front() ? out.queue.front()->size() : 0;
    if (way->rate.n > 0 && size > 0) {
      Duration takes = LinkModel{{.rate = way->rate}}.serialisation(size);
      return scheduler_->at(scheduler_->now() + takes, [=, this] {
        depart(id, side, *way);
        move(id, side);
      });
    }
    depart(id, side, *way);
  }
}

void Streams::depart(PipeId id, int side, const Topology::Route& way) {
  Pipe* pipe = find(id);
  if (!pipe || pipe->side[side].out.queue.empty()) return;
  Side& from = pipe->side[side];
  Direction& out = from.out;
  std::optional<Buffer> head = std::move(out.queue.front());
  out.queue.pop_front();
  out.backlog -= head ? head->size() : 0;
  out.last_arrival = std::max(out.last_arrival, scheduler_->now() + way.delay);
  scheduler_->at(out.last_arrival, [=, this, bytes = std::move(head)] { deliver(id, 1 - side, bytes); });
  if (out.backlog == 0 && out.was_behind) {
    out.was_behind = false;
    scheduler_->at(scheduler_->now(), [this, process = from.process, stream = from.id] {
      tell_backlog_(process, stream, 0);
      tell_(process, stream, StreamWritable{});
    });
  }
}

void Streams::deliver(PipeId id, int to_side, const std::optional<Buffer>& bytes) {
  Pipe* pipe = find(id);
  if (!pipe) return;
  if (!bytes) return end(id, to_side, StreamClosed::Why::ended, 0ns);
  Side& to = pipe->side[to_side];
  if (to.open) tell_(to.process, to.id, StreamData{*bytes});
}

void Streams::close(ProcessId process, StreamId stream) {
  auto found = by_id_.find({process, stream});
  if (found == by_id_.end()) return;
  auto [id, side] = found->second;
  by_id_.erase(found);
  Side& here = pipes_[id].side[side];
  here.open = false;
  here.out.queue.emplace_back(std::nullopt);
  if (!here.out.moving) move(id, side);
}

void Streams::end(PipeId id, int side, StreamClosed::Why why, Duration after) {
  Pipe* pipe = find(id);
  if (!pipe) return;
  Side to = pipe->side[side];
  for (const Side& s : pipe->side) by_id_.erase({s.process, s.id});
  bool told = side == 0 || to.open;
  bool listening = to.open || side == 0;
  pipes_.erase(id);
  if (!told || !listening) return;
  scheduler_->at(scheduler_->now() + after, [this, to, why] {
    tell_(to.process, to.id, StreamClosed{why, "the peer ended it"});
  });
}

void Streams::kill(ProcessId process) {
  for (auto it = listeners_.begin(); it != listeners_.end();)
    it = it->second.process == process ? listeners_.erase(it) : std::next(it);
  std::vector<std::pair<PipeId, int>> mine;
  for (const auto& [key, where] : by_id_)
    if (key.first == process) mine.push_back(where);
  for (auto [id, side] : mine)
    if (Pipe* pipe = find(id)) {
      auto way = route(*pipe);
      end(id, 1 - side, StreamClosed::Why::ended, way ? way->delay : 0ns);
    }
}

void Streams::break_all(ProcessId process) {
  std::vector<std::pair<PipeId, int>> mine;
  for (const auto& [key, where] : by_id_)
    if (key.first == process) mine.push_back(where);
  for (auto [id, side] : mine)
    if (Pipe* pipe = find(id)) {
      Side here = pipe->side[side];
      end(id, 1 - side, StreamClosed::Why::failed, 1s);
      scheduler_->at(scheduler_->now(), [this, here] {
        tell_(here.process, here.id, StreamClosed{StreamClosed::Why::failed, "the address changed"});
      });
    }
}

}  // namespace godesk::sim
