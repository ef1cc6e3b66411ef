// A viewer that knows the password and wants the host to shoot at bystanders: the product's own session over
// a link that lies. lab/scenarios/privacy.py runs it.
//
//   evil_viewer --server JOIN --id ID --password PASSWORD --victim 192.0.2.100 [--victims 100]
//
// Each description that its link gives is told with victims in place of its own addresses, twenty-five at a
// time and others every half second, with one of them as the base to be punched at, and the profile of a
// network where only many probes help. Says "authenticated", and "named" with how many victims were named so
// far; ends with its standard input.
#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/nest.h"
#include "link/link.h"
#include "link/signal.h"
#include "os/driver.h"
#include "os/log.h"
#include "os/random.h"
#include "rendezvous/client.h"
#include "session/quic_channel.h"
#include "session/session.h"

namespace godesk {
namespace {

struct Options {
  std::string server, id, password, victim;
  std::uint32_t victims = 100;
};

constexpr std::uint16_t kPort = 4000;
constexpr std::uint32_t kAtATime = 25;
constexpr Duration kAgain = 500ms;

class LyingLink final : public link::Carrier {
 public:
  LyingLink(link::Config config, const Options& options, Ids& ids, Random& random, LogSink& log)
      : first_(IpAddress::parse(options.victim).value_or(IpAddress{})),
        victims_(options.victims),
        seen_(config.seen),
        link_(std::move(config), ids, random, log) {}

  std::optional<link::Event> next_event() override {
    if (truth_ && now_ >= again_) return lie();
    auto event = link_.next_event();
    auto* signal = event ? std::get_if<link::Signal>(&*event) : nullptr;
    if (!signal) return event;
    truth_ = *link::decode_signal(signal->bytes);
    return lie();
  }
  void on_timer(Time now) override {
    now_ = now;
    if (link_.next_deadline() <= now) link_.on_timer(now);
  }
  Time next_deadline() const override { return std::min(link_.next_deadline(), truth_ ? again_ : kNever); }

  // All else goes through.
  void start(Time now) override { link_.start(now_ = now); }
  void send(Time now, ByteView packet, link::Urgency urgency) override { link_.send(now, packet, urgency); }
  void on_signal(Time now, ByteView bytes) override { link_.on_signal(now, bytes); }
  void allow_direct(Time now) override { link_.allow_direct(now); }
  void set_epoch(std::uint16_t epoch) override { link_.set_epoch(epoch); }
  void close(Time now) override { link_.close(now), truth_.reset(); }
  std::size_t mtu() const override { return link_.mtu(); }
  bool has_path() const override { return link_.has_path(); }
  void on_network(Time now, const std::vector<IpAddress>& all) override { link_.on_network(now_ = now, all); }
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override {
    link_.on_datagram(now_ = now, socket, from, bytes);
  }
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override {
    link_.on_socket(now_ = now, socket, event);
  }
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override {
    link_.on_stream(now_ = now, stream, event);
  }
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override {
    link_.on_backlog(now_ = now, stream, bytes);
  }
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& found) override {
    link_.on_resolved(now_ = now, host, found);
  }
  std::optional<Command> next_command() override { return link_.next_command(); }
  std::optional<Transmit> next_transmit() override { return link_.next_transmit(); }

 private:
  Endpoint victim(std::uint32_t n) const { return {IpAddress::v4(first_.v4_bits() + n % victims_), kPort}; }
  /// Its own side is not found out: the relay is all that it really uses.
  link::Event lie() {
    link::Description d = *truth_;
    d.relay_only = false;
    d.generation = ++generation_;
    for (std::uint32_t i = 0; i < kAtATime; ++i) {
      const Endpoint at = victim(named_ + i);
      d.candidates.push_back(ice::make_candidate(ice::CandidateType::server_reflexive, at, at));
    }
    ice::NatProfile& p = d.profile.emplace();
    p.mapping = ice::Mapping::address_and_port_dependent;
    p.filtering = ice::Filtering::address_and_port_dependent;
    p.allocation = ice::Allocation::random;
    link::Offer& offer = d.offer.emplace();
    offer.round = static_cast<std::uint8_t>(1 + named_ / kAtATime % 200);
    offer.base = victim(named_);
    p.outside = offer.base.ip;
    if (seen_) offer.opening = seen_->opening;
    named_ += kAtATime;
    again_ = now_ + kAgain;
    std::cout << R"({"event":"named","victims":)" << std::min(named_, victims_) << "}" << std::endl;
    return link::Signal{link::encode_signal(d)};
  }

  const IpAddress first_;
  const std::uint32_t victims_;
  const std::optional<stun::Seen> seen_;
  link::Link link_;
  std::optional<link::Description> truth_;
  std::uint32_t named_ = 0, generation_ = 0;
  Time now_{}, again_ = kNever;
};

class EvilViewer final : public Wrapper {
 public:
  EvilViewer(const Options& options, LogSink& log) : options_(options), log_(log) {}

  void start(Time now) {
    auto join = rendezvous::Join::parse(options_.server);
    const auto id = auth::DeviceId::parse(options_.id);
    if (!join || !id || !IpAddress::parse(options_.victim))
      throw std::invalid_argument("--server, --id or --victim is not understood");
    now_ = now;
    rendezvous::ClientConfig config;
    config.server = *join;
    config.identity = identity_;
    client_ = std::make_unique<rendezvous::Client>(std::move(config), ids_, random_, log_);
    nest_.add(*client_);
    client_->start(now);
    client_->find(now, *id);
  }
  bool done() const { return done_; }

 private:
  Machine& inner() override { return nest_; }
  const Machine& inner() const override { return nest_; }

  void settle() override {
    while (auto event = client_ ? client_->next_event() : std::nullopt) on_client(*event);
    while (auto event = session_ ? session_->next_event() : std::nullopt) on_session(*event);
  }
  void on_client(const rendezvous::ClientEvent& event) {
    if (auto* introduced = std::get_if<rendezvous::event::Introduced>(&event)) {
      intro_ = introduced->intro;
      open(*introduced);
    } else if (auto* signal = std::get_if<rendezvous::event::Signal>(&event)) {
      if (session_) session_->on_signal(now_, signal->bytes);
    }
  }
  void open(const rendezvous::event::Introduced& introduced) {
    link::Config config = link::config_from(introduced.services, {});
    config.relay_only = true;
    session::QuicChannelConfig channel;
    channel.identity = identity_;
    channel.expected_peer = introduced.host;
    auto lying = std::make_unique<LyingLink>(std::move(config), options_, ids_, random_, log_);
    session_ = std::make_unique<session::Session>(
        std::make_unique<session::QuicChannel>(std::move(channel), std::move(lying), random_, log_),
        session::Proof{options_.password}, random_, log_);
    nest_.add(*session_);
    session_->start(now_);
  }
  void on_session(const session::Event& event) {
    if (auto* out = std::get_if<session::SignalOut>(&event)) {
      client_->send_signal(now_, intro_, out->bytes);
    } else if (std::get_if<session::Authenticated>(&event)) {
      std::cout << R"({"event":"authenticated"})" << std::endl;
    } else if (std::get_if<session::Ended>(&event)) {
      done_ = true;
    }
  }

  const Options options_;
  LogSink& log_;
  Ids ids_;
  os::OsRandom random_;
  const auth::Identity identity_ = auth::make_identity(random_);
  Nest nest_;
  std::unique_ptr<rendezvous::Client> client_;
  std::unique_ptr<session::Session> session_;
  rendezvous::IntroId intro_;
  bool done_ = false;
};

void run(const Options& options) {
  os::StderrLog log(LogLevel::debug);
  EvilViewer viewer(options, log);
  os::Driver driver(viewer, log);
  driver.watch(STDIN_FILENO, [&] {
    char space[64];
    if (::read(STDIN_FILENO, space, sizeof space) <= 0) driver.stop();
  });
  driver.after_turn([&] {
    if (viewer.done()) driver.stop();
    return false;
  });
  driver.post([&] { viewer.start(driver.now()); });
  driver.run();
}

}  // namespace
}  // namespace godesk

int main(int argc, char** argv) {
  CLI::App app("evil_viewer: a viewer that names bystanders");
  godesk::Options options;
  app.add_option("--server", options.server)->required();
  app.add_option("--id", options.id)->required();
  app.add_option("--password", options.password)->required();
  app.add_option("--victim", options.victim, "the first of them")->required();
  app.add_option("--victims", options.victims)->check(CLI::Range(1, 200));
  CLI11_PARSE(app, argc, argv);
  try {
    godesk::run(options);
  } catch (const std::exception& error) {
    std::cerr << "evil_viewer: " << error.what() << "." << std::endl;
    return 1;
  }
  return 0;
}
