// Reaches decode_client_message and everything the Server does with its result. The input is a list of
// messages, each with a byte for the sender (0 stranger, 1 host, 2 viewer, 3 second host with the first one's
// key; 4 and up: time passes) and two bytes of length. All but the stranger prove their keys by
// signatures (cheap_crypto.h), and the viewer has found the host. The second host comes only when it speaks.
#include <algorithm>
#include <cstdlib>

#include "auth/rendezvous_signature.h"
#include "cheap_crypto.h"
#include "rendezvous/messages.h"
#include "rendezvous/server.h"

namespace {

using namespace godesk;
using namespace godesk::rendezvous;

class Counting final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

class OneRelay final : public TicketIssuer {
 public:
  std::vector<Relay> issue(Time, const IntroId&, const IpAddress&, const std::vector<IpAddress>&) override {
    Relay relay;
    relay.udp = HostPort{"198.51.100.10", 3478};
    return {relay};
  }
};

struct Actors {
  Counting random;
  auth::Identity server = auth::make_identity(random);
  auth::Identity host = auth::make_identity(random);
  auth::Identity viewer = auth::make_identity(random);
  Buffer exporter = Buffer(auth::kTlsExporterSize, 7);
  Buffer host_hello = hello(Role::host, auth::RendezvousRole::host, host);
  Buffer viewer_hello = hello(Role::viewer, auth::RendezvousRole::viewer, viewer);

 private:
  Buffer hello(Role role, auth::RendezvousRole as, const auth::Identity& who) const {
    const auto signature = auth::sign_rendezvous(who, as, server.public_key, exporter);
    return encode(ClientMessage(wire::Hello{role, who.public_key, *signature}));
  }
};

const Actors& actors() {
  static const Actors all;
  return all;
}

class Scene {
 public:
  Scene() {
    say(1, encode(ClientMessage(wire::Register{})));
    say(2, encode(ClientMessage(wire::Find{registry_.find(actors().host.public_key)->id, 1})));
  }

  void say(std::uint32_t who, ByteView bytes) {
    if (!there_[who]) greet(who);
    there_[who] = true;
    hear(who, bytes);
  }
  void pass(std::uint32_t seconds) {
    now_ += std::chrono::seconds(seconds);
    server_.on_timer(now_);
    drain();
  }

 private:
  void greet(std::uint32_t who) {
    StreamOpened opened;
    opened.remote = {IpAddress::v4(0xC0000200 + who), 4000};
    opened.tls_exporter = actors().exporter;
    server_.on_stream(now_, Ids::accepted(who), opened);
    if (who != 0) hear(who, who == 2 ? actors().viewer_hello : actors().host_hello);
  }
  void hear(std::uint32_t who, ByteView bytes) {
    server_.on_stream(now_, Ids::accepted(who), StreamData{bytes});
    drain();
  }
  /// Whatever it answers, a client of ours can read.
  void drain() {
    while (server_.next_command()) {
    }
    while (auto transmit = server_.next_transmit())
      if (!decode_server_message(std::get<StreamBytes>(*transmit).bytes)) std::abort();
  }
  static ServerConfig config() {
    ServerConfig config;
    config.identity = actors().server;
    config.stun = {{"198.51.100.10", 3478}};
    return config;
  }

  Time now_{std::chrono::seconds(1)};
  std::array<bool, 4> there_{};
  Counting random_;
  MemoryRegistry registry_;
  OneRelay tickets_;
  NullLog log_;
  Server server_{config(), registry_, tickets_, random_, log_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Scene scene;
  Reader input({data, size});
  // Enough for any story worth telling; longer ones only make the fuzzer slow.
  for (int step = 0; step < 24 && !input.empty() && !input.failed(); ++step) {
    const std::uint8_t who = input.u8();
    if (who >= 4) {
      scene.pass(who - 3u);
      continue;
    }
    const std::size_t length = input.u16();
    scene.say(who, input.take(std::min(length, input.left())));
  }
  return 0;
}
