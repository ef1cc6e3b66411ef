// One end of an interoperation test: a link::Link on real sockets, as host and viewer use it.
//
//   interop_ours --role caller|host --stun IP --relay URL --user NAME:PASSWORD [--relay-only]
//
// Says "signal" for what the other end has to hear, "path" for each path, "heard" for packets; ends with its
// standard input.
#include <unistd.h>

#include "ice/candidate.h"
#include "link/relay_url.h"
#include "link/signal.h"
#include "os/driver.h"
#include "os/log.h"
#include "os/random.h"
#include "tests/interop/talk.h"

namespace godesk {
namespace {

using interop::Options;

link::Config config_of(const Options& options) {
  link::Config config;
  config.role = options.role == "caller" ? link::Role::caller : link::Role::host;
  config.relay_only = options.relay_only;
  config.stun = {HostPort{options.stun, 3478}};
  auto relay = link::parse_relay_url(options.relay);
  const auto colon = options.user.find(':');
  if (!relay || colon == std::string::npos)
    throw std::invalid_argument("--relay or --user is not understood");
  relay->username = options.user.substr(0, colon);
  relay->password = options.user.substr(colon + 1);
  config.relays = {*relay};
  return config;
}

class End {
 public:
  explicit End(const Options& options)
      : allow_direct_(!options.relay_only),
        link_(config_of(options), ids_, random_, log_),
        driver_(link_, log_) {}

  void run() {
    driver_.after_turn([this] { return drain(); });
    driver_.watch(STDIN_FILENO, [this] { read_input(); });
    driver_.post([this] {
      link_.start(driver_.now());
      if (allow_direct_) link_.allow_direct(driver_.now());
      tick();
    });
    driver_.run();
  }

 private:
  bool drain() {
    bool any = false;
    while (auto event = link_.next_event()) {
      any = true;
      if (auto* signal = std::get_if<link::Signal>(&*event)) tell(*link::decode_signal(signal->bytes));
      if (auto* received = std::get_if<link::Received>(&*event))
        heard_.on_packet(received->bytes.data(), received->bytes.size());
      if (auto* changed = std::get_if<link::PathChanged>(&*event)) tell(changed->path);
      if (std::get_if<link::Dead>(&*event)) driver_.stop();
    }
    return any;
  }

  /// A description is whole; the other end's trickle hears each thing once.
  void tell(const link::Description& description) {
    if (!told_credentials_)
      interop::signal_line("remote " + description.credentials.ufrag + " " + description.credentials.pwd);
    told_credentials_ = true;
    for (const ice::Candidate& candidate : description.candidates)
      if (told_.insert(candidate.address).second) interop::signal_line(ice::format(candidate));
  }

  static void tell(const link::PathInfo& path) {
    std::cout << R"({"event":"path","kind":")" << link::name(path.kind) << R"(","remote":")"
              << path.remote.to_string() << "\"}" << std::endl;
  }

  void read_input() {
    char space[4096];
    const ssize_t n = ::read(STDIN_FILENO, space, sizeof space);
    if (n <= 0) return driver_.stop();
    input_.append(space, static_cast<std::size_t>(n));
    for (std::size_t end; (end = input_.find('\n')) != std::string::npos; input_.erase(0, end + 1))
      hear(input_.substr(0, end));
    if (!remote_.credentials.ufrag.empty()) link_.on_signal(driver_.now(), link::encode_signal(remote_));
  }

  void hear(const std::string& line) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "remote") words >> remote_.credentials.ufrag >> remote_.credentials.pwd;
    if (auto candidate = ice::parse_candidate(line)) remote_.candidates.push_back(*candidate);
    ++remote_.generation;
  }

  void tick() {
    const auto bytes = interop::packet(++number_);
    link_.send(driver_.now(), bytes, link::Urgency::bulk);
    driver_.at(driver_.now() + std::chrono::milliseconds(interop::kPeriodMs), [this] { tick(); });
  }

  const bool allow_direct_;
  Ids ids_;
  os::OsRandom random_;
  os::StderrLog log_{LogLevel::debug};
  link::Link link_;
  os::Driver driver_;
  link::Description remote_;
  bool told_credentials_ = false;
  std::set<Endpoint> told_;
  interop::Heard heard_;
  std::uint32_t number_ = 0;
  std::string input_;
};

}  // namespace
}  // namespace godesk

int main(int argc, char** argv) { return interop::run_end<godesk::End>(argc, argv, "interop_ours"); }
