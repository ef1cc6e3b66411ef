// Reaches quic::accept, quic::verify_retry, quic::make_retry and a server's reading of its first datagram.
// The input is that datagram; shorter ones are padded to the 1200 bytes a client has to send.
#include <cstdlib>

#include "quic/accept.h"
#include "quic/connection.h"

using namespace godesk;

namespace {

class CountingRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Buffer datagram(data, data + size);
  if (datagram.size() < 1200) datagram.resize(1200);
  const auto info = quic::accept(datagram);
  if (!info) return 0;

  CountingRandom random;
  NullLog log;
  const Time now(1s);
  const Endpoint from = *Endpoint::parse("198.51.100.7:4433");
  const quic::RetrySecret secret{};
  const auto verified = quic::verify_retry(*info, from, secret, now);
  const auto retry = quic::make_retry(*info, from, secret, now, random);
  if (retry && retry->size() > 256) std::abort();

  quic::Connection server(quic::Config{}, verified ? *verified : *info, now, random, log);
  server.on_packet(now, datagram);
  while (server.next_packet(now)) {
  }
  while (server.next_event()) {
  }
  return 0;
}
