// The profile of the own network, kept up to date beside everything else a host or viewer does.
//
//   1. set_vantages() once a server said where to look from: the first measurement begins.
//   2. It is measured again every ten minutes, once a NAT64 prefix is told that was not known, and from
//   nothing when the computer's addresses change: what is
//      true of one network says nothing of the next.
//   3. After the first measurement of a network its distance and, for a host that stays, the life of its
//      mappings are measured; both may take long and join the profile when they are known.
//   4. profile() is what is known; version() grows whenever that changes.
//
// It speaks to the named servers only (no hairpin test: a stranger's host sends nothing elsewhere,
// SECURITY 5), about 25 datagrams for each measurement.
#pragma once

#include <memory>

#include "base/nest.h"
#include "link/distance_probe.h"
#include "link/life_probe.h"
#include "link/profile_probe.h"

namespace godesk::link {

struct KeeperConfig {
  bool measure_life = false;   // for whoever keeps mappings alive for long
  Duration first_after = 0ms;  // after the vantage points are known: others may need the server first
  Duration settle = 300ms;     // after a change of addresses
  Duration again_after = 10min;
  ProbeConfig probe;  // its vantages and interfaces are filled in
};

/// How often whoever is idle says something, so that a silent mapping does not die: 20 s, and half of its
/// life where that is less, but never under 8 s. Who says two kinds of things says each half as often: then a
/// mapping is silent for its life, which it was seen to survive.
Duration keep_alive_for(Duration mapping_life);

class ProfileKeeper final : public Machine {
 public:
  ProfileKeeper(KeeperConfig config, Ids& ids, Random& random);

  void set_vantages(Time now, Vantages vantages);
  std::optional<ice::NatProfile> profile(Time now) const;
  std::uint64_t version() const { return version_; }
  const std::vector<RelayRtt>& relays() const { return relays_; }
  bool owns(SocketId socket) const { return nest_.owns(socket); }

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override { return nest_.next_command(); }
  std::optional<Transmit> next_transmit() override { return nest_.next_transmit(); }
  Time next_deadline() const override { return std::min(nest_.next_deadline(), next_); }

 private:
  void measure(Time now);
  void collect(Time now);
  void on_measured(Time now);
  void measure_further(Time now);
  void forget();

  KeeperConfig config_;
  Ids& ids_;
  Random& random_;
  Nest nest_;
  std::optional<Vantages> vantages_;
  std::vector<IpAddress> addresses_;
  Time next_ = kNever;
  std::unique_ptr<ProfileProbe> probe_;
  std::unique_ptr<DistanceProbe> distance_;
  std::unique_ptr<LifeProbe> life_;
  std::optional<ProfileResult> last_;
  std::uint8_t hops_ = 0;
  Duration mapping_life_{};
  bool measured_further_ = false;
  std::optional<ice::Nat64Prefix> told_nat64_;  // unasked
  std::vector<RelayRtt> relays_;
  std::uint64_t version_ = 0;
};

}  // namespace godesk::link
