#include "link/profile_keeper.h"

#include <algorithm>

#include "ice/nat64.h"

namespace godesk::link {
namespace {

constexpr Duration kSeldom = 20s, kOften = 8s;

bool has_filter(const ice::NatProfile& p) {
  return p.filtering == ice::Filtering::address_dependent ||
         p.filtering == ice::Filtering::address_and_port_dependent;
}

/// Where the answer of another port is to come from to tell the distance, if anything can.
std::optional<DistanceProbe::Config> distance_config(const ProfileResult& result) {
  const bool one_mapping = result.profile.mapping == ice::Mapping::endpoint_independent ||
                           result.profile.mapping == ice::Mapping::none;
  if (!result.helper || !one_mapping || !has_filter(result.profile)) return std::nullopt;
  DistanceProbe::Config config;
  config.server = result.helper->server;
  const bool by_port = result.profile.filtering == ice::Filtering::address_and_port_dependent;
  const auto& other = by_port ? result.helper->other_port : result.helper->other_address;
  if (!other) return std::nullopt;
  config.other = *other;
  config.change = {!by_port, true};
  return config;
}

template <class Child>
void drop(Nest& nest, std::unique_ptr<Child>& child) {
  if (child) nest.remove(*child);
  child.reset();
}

}  // namespace

Duration keep_alive_for(Duration mapping_life) {
  if (mapping_life == 0s) return kSeldom;
  return std::clamp<Duration>(mapping_life / 2, kOften, kSeldom);
}

ProfileKeeper::ProfileKeeper(KeeperConfig config, Ids& ids, Random& random)
    : config_(std::move(config)), ids_(ids), random_(random) {
  config_.probe.hairpin = false;
}

void ProfileKeeper::set_vantages(Time now, Vantages vantages) {
  if (vantages_ == vantages) return;
  const bool first = !vantages_;
  vantages_ = std::move(vantages);
  if (first || !last_) next_ = std::min(next_, now + config_.first_after);
}

std::optional<ice::NatProfile> ProfileKeeper::profile(Time now) const {
  if (!last_) return std::nullopt;
  ice::NatProfile p = last_->profile;
  if (p.last_port != 0) p.last_port_age = now - last_->last_port_at;
  p.distance = hops_;
  p.mapping_life = mapping_life_;
  return p;
}

// ---- measuring

void ProfileKeeper::measure(Time now) {
  next_ = now + config_.again_after;
  drop(nest_, probe_);
  ProbeConfig config = config_.probe;
  config.vantages = *vantages_;
  config.interfaces = addresses_;
  probe_ = std::make_unique<ProfileProbe>(std::move(config), ids_, random_);
  nest_.add(*probe_);
  probe_->start(now);
}

void ProfileKeeper::collect(Time now) {
  if (probe_ && probe_->done()) on_measured(now);
  if (distance_ && distance_->done()) {
    hops_ = distance_->distance();
    ++version_;
    drop(nest_, distance_);
  }
  if (life_ && life_->done()) {
    mapping_life_ = life_->life().value_or(0s);
    ++version_;
    drop(nest_, life_);
  }
}

void ProfileKeeper::on_measured(Time now) {
  const bool silent = probe_->result()->profile.udp_blocked;
  // One silence may be a fault of the moment: it is believed, and looked at again soon.
  if (silent) next_ = std::min(next_, now + config_.again_after / 10);
  relays_ = probe_->result()->relays;
  last_ = *probe_->result();
  ++version_;
  drop(nest_, probe_);
  if (!silent && !std::exchange(measured_further_, true)) measure_further(now);
}

void ProfileKeeper::measure_further(Time now) {
  if (auto config = distance_config(*last_)) {
    distance_ = std::make_unique<DistanceProbe>(*config, ids_, random_);
    nest_.add(*distance_);
    distance_->start(now);
  }
  if (!config_.measure_life || !last_->helper) return;
  LifeProbe::Config config;
  config.server = last_->helper->server;
  life_ = std::make_unique<LifeProbe>(std::move(config), ids_, random_);
  nest_.add(*life_);
  life_->start(now);
}

void ProfileKeeper::forget() {
  drop(nest_, probe_);
  drop(nest_, distance_);
  drop(nest_, life_);
  if (last_) ++version_;
  last_.reset();
  relays_.clear();
  hops_ = 0;
  mapping_life_ = {};
  measured_further_ = false;
  told_nat64_.reset();
}

// ---- the verbs

void ProfileKeeper::on_network(Time now, const std::vector<IpAddress>& addresses) {
  if (addresses == addresses_) return;
  const bool first = addresses_.empty();
  addresses_ = addresses;
  if (first) return;
  forget();
  if (vantages_) next_ = now + config_.settle;
}

void ProfileKeeper::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  nest_.on_datagram(now, socket, from, bytes);
  collect(now);
}

void ProfileKeeper::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  nest_.on_socket(now, socket, event);
  collect(now);
}

void ProfileKeeper::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  nest_.on_resolved(now, host, addresses);
  collect(now);
  const auto prefix = host == ice::kNat64Name ? ice::nat64_prefix(addresses) : std::nullopt;
  // A router spoke; an answer that is only late is the same each time.
  if (!prefix || probe_ || !last_ || last_->profile.nat64 == prefix || told_nat64_ == prefix) return;
  told_nat64_ = prefix;
  next_ = std::min(next_, now + config_.settle);
}

void ProfileKeeper::on_timer(Time now) {
  nest_.on_timer(now);
  if (vantages_ && now >= next_) measure(now);
  collect(now);
}

}  // namespace godesk::link
