// Two of our TURN clients on one relay, each sending its half of COUNT datagrams to the other through
// channels:
//
//   lab_relay_load udp|tcp|tls HOST PORT NAME:PASSWORD COUNT
//
// Each side has at most kWindow datagrams under way, so that nothing waits in a queue for long, least of all
// the 100 ms after which both ends would drop it. Prints {"sent":…,"lost":…,"seconds":…}.
#include <iostream>
#include <set>

#include "base/nest.h"
#include "base/wrapper.h"
#include "os/clock.h"
#include "os/driver.h"
#include "os/log.h"
#include "os/random.h"
#include "turn/client.h"

namespace {

using namespace godesk;

constexpr std::uint32_t kWindow = 32;
constexpr std::size_t kSize = 500;
constexpr Duration kPatience = 5s;  // nothing has come for so long: the rest is lost

turn::Client::Config config_of(char** argv) {
  const std::string leg = argv[1], user = argv[4];
  turn::Client::Config config;
  config.transport = leg == "udp" ? turn::Leg::udp : leg == "tcp" ? turn::Leg::tcp : turn::Leg::tls;
  config.server = {argv[2], static_cast<std::uint16_t>(std::stoi(argv[3]))};
  config.username = user.substr(0, user.find(':'));
  config.password = user.substr(user.find(':') + 1);
  return config;
}

struct Side {
  std::unique_ptr<turn::Client> client;
  std::optional<Endpoint> relayed;
  bool ready = false;  // has a channel to the other side
  std::uint32_t sent = 0;
  std::set<std::uint32_t> arrived;  // of those the other side sent
};

class Load final : public Wrapper {
 public:
  Load(const turn::Client::Config& config, std::uint32_t count) : each_(count / 2) {
    for (Side& side : sides_) {
      side.client = std::make_unique<turn::Client>(config, ids_, random_, log_);
      nest_.add(*side.client);
    }
  }
  void start(Time now) {
    for (Side& side : sides_) side.client->start(now);
    heard_ = now;
  }
  /// After each turn. False when there is nothing to wait for any more.
  bool work(Time now) {
    for (int i : {0, 1})
      while (auto event = sides_[i].client->next_event()) on_event(now, sides_[i], sides_[1 - i], *event);
    for (int i : {0, 1}) fill(now, sides_[i], sides_[1 - i]);
    return !failed_ && lost() > 0 && (heard_ == kNever || now - heard_ < kPatience);
  }
  std::uint32_t sent() const { return sides_[0].sent + sides_[1].sent; }
  std::size_t lost() const { return 2 * each_ - sides_[0].arrived.size() - sides_[1].arrived.size(); }

 private:
  Machine& inner() override { return nest_; }
  const Machine& inner() const override { return nest_; }
  void settle() override {}

  void on_event(Time now, Side& side, Side& other, const turn::Client::Event& event) {
    heard_ = now;
    if (auto* allocated = std::get_if<turn::Client::Allocated>(&event)) {
      side.relayed = allocated->relayed.front();
      if (!other.relayed) return;
      side.client->bind_channel(now, *other.relayed);
      other.client->bind_channel(now, *side.relayed);
    } else if (std::holds_alternative<turn::Client::ChannelReady>(event)) {
      side.ready = true;
    } else if (auto* received = std::get_if<turn::Client::Received>(&event)) {
      side.arrived.insert(Reader(received->bytes).u32());
    } else {
      failed_ = true;
    }
  }
  void fill(Time now, Side& side, const Side& other) {
    if (!side.ready || !other.ready) return;
    for (; side.sent < each_ && side.sent - other.arrived.size() < kWindow; ++side.sent) {
      Buffer datagram = Writer().u32(side.sent).take();
      datagram.resize(kSize);
      side.client->send(now, *other.relayed, datagram);
    }
  }

  std::uint32_t each_;
  Ids ids_;
  os::OsRandom random_;
  NullLog log_;
  Nest nest_;
  Side sides_[2];
  Time heard_ = kNever;  // nothing is waited for before start()
  bool failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  Load load(config_of(argv), static_cast<std::uint32_t>(std::stoul(argv[5])));
  NullLog log;
  os::Driver driver(load, log);
  driver.after_turn([&] {
    if (!load.work(driver.now())) driver.stop();
    return true;
  });
  std::function<void()> tick = [&] { driver.at(driver.now() + 500ms, tick); };  // so that patience ends
  const Time started = os::now();
  driver.at(started, [&] {
    load.start(driver.now());
    tick();
  });
  driver.run();
  std::cout << "{\"sent\":" << load.sent() << ",\"lost\":" << load.lost()
            << ",\"seconds\":" << to_ms(os::now() - started) / 1000 << "}" << std::endl;
  return 0;
}
