// Reaches decode_server_message and everything the Client does with its result. The first byte chooses the
// role and whether the handshake is done by a signature (cheap_crypto.h) before the rest; then come messages,
// each with a two-byte length. A length of 65535 stands for a second that passes.
#include <algorithm>
#include <cstdlib>

#include "auth/rendezvous_signature.h"
#include "cheap_crypto.h"
#include "rendezvous/client.h"
#include "rendezvous/messages.h"

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

struct Actors {
  Counting random;
  auth::Identity server = auth::make_identity(random);
  auth::Identity client = auth::make_identity(random);
  Buffer exporter = Buffer(auth::kTlsExporterSize, 7);
  Buffer hello = encode(ServerMessage(wire::ServerHello{
      server.public_key,
      *auth::sign_rendezvous(server, auth::RendezvousRole::server, server.public_key, exporter)}));
};

const Actors& actors() {
  static const Actors all;
  return all;
}

class Scene {
 public:
  explicit Scene(std::uint8_t choice) : client_(config(choice), ids_, random_, log_) {
    client_.start(now_);
    drain();
    if (choice & 2) say(actors().hello);
    if (choice & 4) say(encode(ServerMessage(wire::Registered{})));
    client_.find(now_, auth::DeviceId());
    client_.refresh(now_, IntroId{1}, Buffer(40, 1));
    drain();
  }

  void say(ByteView bytes) {
    client_.on_stream(now_, stream_, StreamData{bytes});
    drain();
  }
  void pass() {
    now_ += std::chrono::seconds(1);
    client_.on_timer(now_);
    drain();
  }

 private:
  static ClientConfig config(std::uint8_t choice) {
    ClientConfig config;
    config.role = choice & 1 ? Role::host : Role::viewer;
    config.identity = actors().client;
    config.server.hosts = {"198.51.100.10"};
    config.server.key = key_hash(actors().server.public_key);
    return config;
  }
  /// Answers attempts to connect, and echoes signals, as a session would.
  void drain() {
    while (auto command = client_.next_command()) {
      const auto* open = std::get_if<OpenStream>(&*command);
      if (!open) continue;
      stream_ = open->stream;
      StreamOpened opened;
      opened.tls_exporter = actors().exporter;
      client_.on_stream(now_, stream_, opened);
    }
    while (auto event = client_.next_event())
      if (const auto* signal = std::get_if<event::Signal>(&*event))
        client_.send_signal(now_, signal->intro, signal->bytes);
    // Whatever it says, a server of ours can read.
    while (auto transmit = client_.next_transmit())
      if (!decode_client_message(std::get<StreamBytes>(*transmit).bytes)) std::abort();
  }

  Time now_{std::chrono::seconds(1)};
  Counting random_;
  Ids ids_;
  NullLog log_;
  StreamId stream_{};
  Client client_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Scene scene(data[0]);
  Reader input({data + 1, size - 1});
  // Enough for any story worth telling; longer ones only make the fuzzer slow.
  for (int step = 0; step < 24 && !input.empty() && !input.failed(); ++step) {
    const std::size_t length = input.u16();
    if (length == 0xffff)
      scene.pass();
    else
      scene.say(input.take(std::min(length, input.left())));
  }
  return 0;
}
