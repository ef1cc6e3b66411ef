#include "host/direct_listener.h"

#include "base/queue.h"

namespace godesk::host {
namespace {

constexpr std::size_t kMaxQueuedRetries = 64;  // more than that at once is a flood: the rest is dropped

}  // namespace

DirectListener::DirectListener(std::uint16_t port, Ids& ids, Random& random)
    : random_(random), secret_(random.bytes<32>()) {
  v4_ = {ids.socket(), {IpAddress::any(Family::v4), port}, State::opening};
  v6_ = {ids.socket(), {IpAddress::any(Family::v6), port}, State::opening};
}

void DirectListener::start() {
  for (const Socket& socket : {v4_, v6_}) commands_.push_back(OpenSocket{socket.id, socket.local});
}

DirectListener::State DirectListener::state() const {
  if (v4_.state == State::open || v6_.state == State::open) return State::open;
  return v4_.state == State::failed && v6_.state == State::failed ? State::failed : State::opening;
}

void DirectListener::on_socket(SocketId socket, const SocketEvent& event) {
  if (auto* failed = std::get_if<SocketFailed>(&event)) {
    socket_of(socket).state = State::failed;
    why_ = failed->why;
    return;
  }
  socket_of(socket).state = State::open;
  socket_of(socket).local = std::get<SocketOpened>(event).local;
}

std::optional<DirectListener::Newcomer> DirectListener::on_datagram(Time now, SocketId socket,
                                                                    const Endpoint& from, ByteView bytes) {
  auto info = quic::accept(bytes);
  if (!info) return std::nullopt;
  auto verified = quic::verify_retry(*info, from, secret_, now);
  if (verified) return Newcomer{socket, socket_of(socket).local, from, std::move(*verified)};
  if (verified.reason() != quic::RetryRefusal::no_token) return std::nullopt;
  auto retry = quic::make_retry(*info, from, secret_, now, random_);
  if (retry && transmits_.size() < kMaxQueuedRetries) {
    transmits_.push_back(Datagram{socket, from, std::move(*retry)});
  }
  return std::nullopt;
}

std::optional<Command> DirectListener::next_command() { return pop(commands_); }

std::optional<Transmit> DirectListener::next_transmit() { return pop(transmits_); }

}  // namespace godesk::host
