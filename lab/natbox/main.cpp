// lab_natbox: a router in user space between network namespaces. `--help` lists what it can be.
//
//   lab_natbox --inside /run/netns/home,tun0,192.168.1.2 --outside /run/netns/net,tun1 --nat 203.0.113.7
//       --mapping endpoint-independent --filtering address-and-port-dependent --delay 25
//
// Says "ready" when its interfaces exist, then answers each line of commands on stdin (Router::command) with
// one line on stdout. Ends when stdin does, so that it never outlives the laboratory.
#include <cstdlib>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "lab/natbox/router.h"
#include "lab/natbox/tun.h"
#include "lab/natbox/words.h"

namespace godesk::lab {
namespace {

struct Options {
  std::vector<std::string> insides;
  std::string outside;
  std::string nat;
  std::vector<std::string> allow;
  std::vector<std::string> link;  // commands for the link, as on stdin
  double expiry = 120;
  std::string block;
  RouterConfig router;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

Tun open_tun(const std::vector<std::string>& parts) {
  if (parts.size() < 2) refuse("an interface is NETNS,NAME[,ADDRESS...]");
  return Tun(parts[0], parts[1]);
}

std::vector<Cidr> networks(const std::vector<std::string>& parts) {
  std::vector<Cidr> found;
  for (std::size_t i = 2; i < parts.size(); ++i) {
    auto network = Cidr::parse(parts[i]);
    if (!network) refuse("'" + parts[i] + "' is not an address or network");
    found.push_back(*network);
  }
  return found;
}

Allowed allowed(const std::string& text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2 || (parts[0] != "tcp" && parts[0] != "udp"))
    refuse("--allow takes tcp:PORT or udp:PORT");
  return {parts[0] == "tcp" ? Protocol::tcp : Protocol::udp, static_cast<std::uint16_t>(std::stoi(parts[1]))};
}

void describe(CLI::App& app, Options& o) {
  auto& nat = o.router.nat;
  app.add_option("--inside", o.insides, "NETNS,NAME,ADDRESS...: an interface and who is behind it")
      ->required();
  app.add_option("--outside", o.outside, "NETNS,NAME")->required();
  app.add_option("--nat", o.nat, "translate IPv4 to this address; without: a plain router");
  app.add_option("--mapping", nat.kind.mapping)->transform(CLI::CheckedTransformer(kDependence));
  app.add_option("--filtering", nat.kind.filtering)->transform(CLI::CheckedTransformer(kDependence));
  app.add_option("--ports", nat.ports)->transform(CLI::CheckedTransformer(kPorts));
  app.add_option("--block", o.block, "FIRST:SIZE of --ports block");
  app.add_option("--foreign-flows", nat.foreign_flows, "other hosts' new mappings a second (sequential)");
  app.add_flag("--hairpin", nat.kind.hairpin);
  app.add_option("--expiry", o.expiry, "seconds until an idle binding is forgotten");
  app.add_flag("--firewall6", o.router.firewall6, "IPv6: in only from where something was sent to");
  app.add_option("--allow", o.allow, "tcp:PORT or udp:PORT; everything else is dropped");
  app.add_flag("--block-udp", o.router.block_udp);
  app.add_option("--seed", o.router.seed);
  for (const char* what : {"delay", "rate", "loss", "queue"}) {
    app.add_option_function<std::string>(
        std::string("--") + what,
        [&o, what](const std::string& value) { o.link.push_back(std::string(what) + " " + value); },
        "VALUE or UP/DOWN");
  }
}

void set_block(const std::string& text, sim::NatConfig& nat) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) refuse("--block takes FIRST:SIZE");
  nat.block_base = static_cast<std::uint16_t>(std::stoi(parts[0]));
  nat.block_size = static_cast<std::uint32_t>(std::stoi(parts[1]));
}

void judge(Options& o) {
  o.router.nat.expiry = std::chrono::milliseconds(static_cast<std::int64_t>(o.expiry * 1000));
  if (!o.block.empty()) set_block(o.block, o.router.nat);
  for (const auto& text : o.allow) o.router.allowed.insert(allowed(text));
  for (const auto& text : o.insides) o.router.insides.push_back(networks(split(text, ',')));
  if (!o.nat.empty() && !(o.router.outside = IpAddress::parse(o.nat))) refuse("--nat takes an address");
}

Time now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return Time{std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec)};
}

class Box {
 public:
  explicit Box(const Options& o) : router_(o.router) {
    for (const auto& text : o.insides) tuns_.push_back(open_tun(split(text, ',')));
    tuns_.push_back(open_tun(split(o.outside, ',')));
    for (const auto& line : o.link) {
      if (auto answer = router_.command(line); answer != "ok") refuse("--" + line + ": " + answer);
    }
  }

  void run() {
    std::cout << "ready" << std::endl;
    std::vector<pollfd> ready;
    for (const Tun& tun : tuns_) ready.push_back({tun.fd(), POLLIN, 0});
    ready.push_back({STDIN_FILENO, POLLIN, 0});
    while (true) {
      wait(ready);
      for (std::size_t i = 0; i < tuns_.size(); ++i)
        if (ready[i].revents & POLLIN) take(i);
      if (ready.back().revents != 0 && !obey()) return;
      send();
    }
  }

 private:
  bool is_outside(std::size_t i) const { return i + 1 == tuns_.size(); }

  void wait(std::vector<pollfd>& ready) {
    const Time due = router_.next_deadline();
    if (due == kNever) {
      ::ppoll(ready.data(), ready.size(), nullptr, nullptr);
      return;
    }
    const auto left = std::max<Duration>(due - now(), 0ns);
    const timespec t{static_cast<time_t>(left / 1s), static_cast<long>((left % 1s).count())};
    ::ppoll(ready.data(), ready.size(), &t, nullptr);
  }

  void take(std::size_t i) {
    for (int budget = 64; budget > 0; --budget) {
      auto packet = tuns_[i].read();
      if (!packet) return;
      router_.on_packet(now(), is_outside(i) ? Router::kOutside : static_cast<int>(i), std::move(*packet));
    }
  }

  void send() {
    while (auto out = router_.next_outgoing(now())) {
      const std::size_t i =
          out->interface == Router::kOutside ? tuns_.size() - 1 : static_cast<std::size_t>(out->interface);
      tuns_[i].write(out->bytes);
    }
  }

  /// False at the end of input.
  bool obey() {
    char space[512];
    const ssize_t n = ::read(STDIN_FILENO, space, sizeof space);
    if (n <= 0) return false;
    input_.append(space, static_cast<std::size_t>(n));
    for (std::size_t end; (end = input_.find('\n')) != std::string::npos; input_.erase(0, end + 1))
      std::cout << router_.command(input_.substr(0, end)) << std::endl;
    return true;
  }

  Router router_;
  std::vector<Tun> tuns_;  // the insides in order, then the outside
  std::string input_;
};

}  // namespace
}  // namespace godesk::lab

int main(int argc, char** argv) {
  using namespace godesk::lab;
  CLI::App app("lab_natbox: a router between network namespaces");
  Options options;
  describe(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    judge(options);
    Box(options).run();
  } catch (const std::exception& error) {
    std::cerr << "lab_natbox: " << error.what() << "." << std::endl;
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
