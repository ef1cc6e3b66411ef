// What a machine has to hand out. A stream is closed only after its last bytes are fetched, although
// commands are drained first.
#pragma once

#include <algorithm>
#include <deque>

#include "base/machine.h"
#include "base/queue.h"

namespace godesk::rendezvous {

class Outbox {
 public:
  void command(Command command) { commands_.push_back(std::move(command)); }
  void send(StreamId stream, Buffer bytes) { transmits_.push_back(StreamBytes{stream, std::move(bytes)}); }

  std::optional<Command> next_command() {
    if (commands_.empty() || waits(commands_.front())) return std::nullopt;
    return pop(commands_);
  }
  std::optional<Transmit> next_transmit() { return pop(transmits_); }

 private:
  bool waits(const Command& command) const {
    const auto* close = std::get_if<CloseStream>(&command);
    if (!close) return false;
    return std::any_of(transmits_.begin(), transmits_.end(),
                       [&](const StreamBytes& bytes) { return bytes.stream == close->stream; });
  }

  std::deque<Command> commands_;
  std::deque<StreamBytes> transmits_;
};

}  // namespace godesk::rendezvous
