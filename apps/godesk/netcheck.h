// One look at the own network: the ID server says from where to look, link/profile_probe looks.
//
//   1. start(): a connection to the ID server, as `connect` makes it.
//   2. It names its STUN ports and relays; the network is measured (link/profile_probe.h), in about a second,
//      three where UDP is blocked.
//   3. result(), or failed() with the reason why there is no server.
#pragma once

#include <memory>

#include "base/log.h"
#include "base/nest.h"
#include "base/wrapper.h"
#include "link/profile_probe.h"
#include "rendezvous/client.h"

namespace godesk::app {

class Netcheck final : public Wrapper {
 public:
  struct Config {
    rendezvous::Join server;
    auth::Identity identity;
    std::optional<crypto::PublicKey> pinned;
    std::vector<HostPort> own_relays;  // UDP legs of the user's own relays
    Duration server_within = 8s;
  };

  /// The references must outlive it.
  Netcheck(Config config, Ids& ids, Random& random, LogSink& log);

  void start(Time now);
  bool done() const { return failed_ || (probe_ && probe_->done()); }
  const std::optional<rendezvous::Offline>& failed() const { return failed_; }
  const link::ProfileResult& result() const { return *probe_->result(); }
  /// A bare server's key, to be pinned.
  const std::optional<crypto::PublicKey>& proved() const { return proved_; }

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  Time next_deadline() const override;

 private:
  Machine& inner() override { return nest_; }
  const Machine& inner() const override { return nest_; }
  void settle() override;
  void measure(const rendezvous::Services& services);

  Config config_;
  Ids& ids_;
  Random& random_;
  Nest nest_;
  rendezvous::Client client_;
  std::unique_ptr<link::ProfileProbe> probe_;
  std::vector<IpAddress> addresses_;
  Time give_up_at_ = kNever;
  std::optional<rendezvous::Offline> failed_;
  std::optional<crypto::PublicKey> proved_;
};

}  // namespace godesk::app
