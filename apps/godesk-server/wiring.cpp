#include "wiring.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>

#include "credentials.h"
#include "os/clock.h"
#include "os/driver.h"
#include "os/files.h"
#include "os/free_port.h"
#include "os/network.h"
#include "os/random.h"
#include "os/store_sqlite.h"
#include "rendezvous/join.h"
#include "secrets.h"
#include "server_machine.h"

namespace godesk::server {
namespace {

using os::SetupError;

constexpr auto kFarewell = 500ms;  // for what is still queued when a signal comes

bool is_any(const std::vector<IpAddress>& addresses) {
  return addresses.empty() || std::any_of(addresses.begin(), addresses.end(),
                                          [](const IpAddress& ip) { return ip.is_unspecified(); });
}

/// Ours that others can reach us at: the public ones, or, where there is none, those of the local network.
std::vector<IpAddress> reachable_addresses(const Options& options, const std::vector<IpAddress>& own) {
  std::vector<IpAddress> all, open;
  for (const IpAddress& ip : is_any(options.listen) ? own : options.listen)
    if (!ip.is_loopback() && !ip.is_link_local()) all.push_back(ip);
  std::copy_if(all.begin(), all.end(), std::back_inserter(open), turn::is_public);
  return open.empty() ? all : open;
}

std::optional<IpAddress> first_of(Family family, const std::vector<IpAddress>& addresses) {
  for (const IpAddress& ip : addresses)
    if (ip.family() == family) return ip;
  return std::nullopt;
}

std::vector<std::string> public_hosts(const Options& options, const std::vector<IpAddress>& own) {
  if (!options.public_addresses.empty()) return options.public_addresses;
  const auto reachable = reachable_addresses(options, own);
  std::vector<std::string> hosts;
  for (Family family : {Family::v4, Family::v6})
    if (auto ip = first_of(family, reachable)) hosts.push_back(ip->to_string());
  if (hosts.empty()) hosts.push_back("127.0.0.1");
  return hosts;
}

std::optional<IpAddress> literal_of(Family family, const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) {
    auto ip = IpAddress::parse(host);
    if (ip && ip->family() == family) return ip;
  }
  return std::nullopt;
}

/// Where relayed addresses are: told to peers by the public literal, bound to it if it is this computer's,
/// else (behind a one-to-one NAT) to what is listened on.
std::optional<turn::RelayAddress> relay_address(Family family, const Options& options,
                                                const std::vector<std::string>& hosts,
                                                const std::vector<IpAddress>& own) {
  auto advertised = literal_of(family, hosts);
  if (!advertised) advertised = first_of(family, reachable_addresses(options, own));
  if (!advertised) return std::nullopt;
  if (std::find(own.begin(), own.end(), *advertised) != own.end())
    return turn::RelayAddress{*advertised, *advertised};
  for (const IpAddress& ip : options.listen)
    if (ip.family() == family) return turn::RelayAddress{ip, *advertised};
  return turn::RelayAddress{IpAddress::any(family), *advertised};
}

turn::Server::Config relay_config(const Options& options, const std::vector<std::string>& hosts,
                                  const std::vector<IpAddress>& own) {
  turn::Server::Config config = options.limits.relay;
  config.relay.v4 = relay_address(Family::v4, options, hosts, own);
  config.relay.v6 = relay_address(Family::v6, options, hosts, own);
  config.relay.first = options.relay_first;
  config.relay.last = options.relay_last;
  config.policy.allow = options.relay_allow;
  config.policy.deny = options.relay_deny;
  config.wall = os::wall_now();
  config.wall_at = os::now();
  return config;
}

/// Where the relays are that introductions will name.
std::vector<rendezvous::Relay> relay_places(const Options& options, const Reachable& here) {
  std::vector<rendezvous::Relay> out;
  auto add = [&](std::optional<HostPort> udp, std::optional<HostPort> tcp, std::optional<HostPort> tls,
                 bool is_here) {
    rendezvous::Relay place;
    place.udp = std::move(udp), place.tcp = std::move(tcp), place.tls = std::move(tls);
    place.here = is_here;
    out.push_back(std::move(place));
  };
  for (const std::string& host : here.hosts) {
    const HostPort stun{host, here.stun_port};
    if (options.relay_role) add(stun, stun, HostPort{host, here.tls_port}, true);
  }
  for (const FurtherRelay& relay : options.relays)
    add(relay.where.udp, relay.where.tcp, relay.where.tls, false);
  return out;
}

rendezvous::ServerConfig id_config(const Options& options, const auth::Identity& identity,
                                   const Reachable& here, WallTime wall_at_zero) {
  rendezvous::ServerConfig config = options.limits.id;
  config.relays = relay_places(options, here);
  config.identity = identity;
  config.wall_at_zero = wall_at_zero;
  for (const std::string& host : here.hosts) config.stun.push_back({host, here.stun_port});
  return config;
}

struct Listening {
  std::vector<IpAddress> addresses;
  std::uint16_t stun_port = 0, tls_port = 0;
};

std::uint16_t port_or_free(std::uint16_t port, const std::vector<IpAddress>& addresses) {
  if (port != 0) return port;
  auto found = os::free_port(addresses);
  if (!found)
    throw SetupError("No free port was found on the addresses to listen on; name ports and addresses.");
  return *found;
}

void check_own(const IpAddress& ip, const std::vector<IpAddress>& own) {
  if (ip.is_unspecified() || ip.is_loopback() || std::find(own.begin(), own.end(), ip) != own.end()) return;
  throw SetupError("This computer has no address " + ip.to_string() + "; give --listen one that it has.");
}

/// By default both families, as far as this computer has them.
Listening where_to_listen(const Options& options, const std::vector<IpAddress>& own) {
  Listening out{options.listen, 0, 0};
  for (const IpAddress& ip : options.listen) check_own(ip, own);
  if (options.listen.empty()) {
    for (Family family : {Family::v4, Family::v6})
      if (os::free_port({IpAddress::any(family)})) out.addresses.push_back(IpAddress::any(family));
  }
  out.stun_port = port_or_free(options.stun_port, out.addresses);
  out.tls_port = port_or_free(options.tls_port, out.addresses);
  return out;
}

[[noreturn]] void refuse_port(const Endpoint& at, const char* flag, const os::ListenFailure& failure) {
  std::string sentence = "Cannot listen on " + at.to_string() + " (" + failure.why + "): ";
  if (failure.error == EACCES || failure.error == EPERM) {
    sentence += "run as root, give the program CAP_NET_BIND_SERVICE, or choose another port with " +
                std::string(flag) + ".";
  } else {
    sentence += "end the program that uses it, or choose another port with " + std::string(flag) + ".";
  }
  throw SetupError(sentence);
}

/// All parts of the running server, in the order in which they need each other.
class Wiring {
 public:
  Wiring(const Options& options, LogSink& log)
      : options_(options),
        log_(log),
        own_(os::local_addresses()),
        here_{public_hosts(options, own_), 0, 0},
        lock_(take_lock(options.data_dir)),
        secrets_(read_or_make_secrets(options.data_dir, here_.hosts.front(), os::wall_now(), random_)),
        tickets_(bytes_of(secrets_.turn_secret)),
        credentials_(tickets_, options.relay_role),
        listening_(where_to_listen(options, own_)) {
    here_.stun_port = listening_.stun_port;
    here_.tls_port = listening_.tls_port;
    for (const auto& [name, password] : options.turn_users) credentials_.add_user(name, password);
    relay_ = std::make_unique<turn::Server>(relay_config(options, here_.hosts, own_), credentials_, ids_,
                                            random_, log);
    if (options.id_role) make_id_server();
    machine_ = std::make_unique<ServerMachine>(*relay_, id_server_.get());
    driver_ = std::make_unique<os::Driver>(*machine_, log, driver_config());
    for (const IpAddress& ip : listening_.addresses) listen(ip);
  }

  Ready ready() const {
    Ready ready{"", here_.stun_port, here_.tls_port};
    if (!options_.id_role) return ready;
    rendezvous::Join join{here_.hosts, here_.tls_port, here_.stun_port,
                          rendezvous::key_hash(secrets_.identity.public_key)};
    ready.join = join.to_string();
    return ready;
  }

  void run() {
    driver_->on_signal([this] { driver_->stop_when_flushed(kFarewell); });
    driver_->run();
  }

 private:
  static os::FileLock take_lock(const std::string& data_dir) {
    os::make_private_directory(data_dir);
    auto lock = os::FileLock::take(data_dir + "/lock");
    if (!lock)
      throw SetupError("Another godesk-server uses " + data_dir +
                       "; name another directory with --data-dir.");
    return std::move(*lock);
  }

  os::DriverConfig driver_config() const {
    os::DriverConfig config = options_.limits.driver;
    config.dont_fragment = false;  // what a client has relayed may be longer than our next hop likes
    return config;
  }

  void make_id_server() {
    const auto since_zero = std::chrono::duration_cast<std::chrono::seconds>(os::now().time_since_epoch());
    const WallTime wall_at_zero = os::wall_now() - since_zero;
    registry_ = std::make_unique<os::SqliteStore>(options_.data_dir + "/devices.sqlite", log_);
    issuer_ = std::make_unique<Issuer>(tickets_, options_.relay_role ? relay_.get() : nullptr, here_,
                                       options_.relays, wall_at_zero, random_);
    id_server_ = std::make_unique<rendezvous::Server>(
        id_config(options_, secrets_.identity, here_, wall_at_zero), *registry_, *issuer_, random_, log_);
  }

  void listen(const IpAddress& ip) {
    auto hook = [this](const os::Accepted& stream) { machine_->accepted(stream); };
    const Endpoint stun{ip, here_.stun_port}, tls{ip, here_.tls_port};
    for (const Endpoint& at : {stun, tls}) listen_udp(at);
    if (auto bound = driver_->listen_tcp(stun, hook); !bound)
      refuse_port(stun, "--stun-port", bound.reason());
    if (auto bound =
            driver_->listen_tls(tls, secrets_.tls, {rendezvous::kWebSocketPath, turn::kWebSocketPath}, hook);
        !bound)
      refuse_port(tls, "--tls-port", bound.reason());
  }

  void listen_udp(const Endpoint& at) {
    const SocketId socket = ids_.socket();
    auto bound = driver_->listen_udp(socket, at);
    if (!bound) refuse_port(at, at.port == here_.stun_port ? "--stun-port" : "--tls-port", bound.reason());
    relay_->add_udp_listener(socket, seen_as(at));
  }

  /// With several addresses of one family listened on, each is its own; a single one may be behind a NAT.
  Endpoint seen_as(const Endpoint& at) const {
    const auto alike = std::count_if(listening_.addresses.begin(), listening_.addresses.end(),
                                     [&](const IpAddress& ip) { return ip.family() == at.family(); });
    if (alike > 1) return at;
    auto advertised = literal_of(at.family(), here_.hosts);
    if (!advertised && !at.ip.is_unspecified()) return at;
    return {advertised.value_or(IpAddress::any(at.family())), at.port};
  }

  const Options& options_;
  LogSink& log_;
  os::OsRandom random_;
  Ids ids_;
  std::vector<IpAddress> own_;
  Reachable here_;
  os::FileLock lock_;
  Secrets secrets_;
  auth::Tickets tickets_;
  RelayCredentials credentials_;
  Listening listening_;
  std::unique_ptr<turn::Server> relay_;
  std::unique_ptr<os::SqliteStore> registry_;
  std::unique_ptr<Issuer> issuer_;
  std::unique_ptr<rendezvous::Server> id_server_;
  std::unique_ptr<ServerMachine> machine_;
  std::unique_ptr<os::Driver> driver_;
};

}  // namespace

void run_server(const Options& options, LogSink& log, const std::function<void(const Ready&)>& ready) {
  Wiring wiring(options, log);
  ready(wiring.ready());
  wiring.run();
}

}  // namespace godesk::server
