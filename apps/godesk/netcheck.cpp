#include "netcheck.h"

#include <algorithm>

namespace godesk::app {
namespace {

rendezvous::ClientConfig client_config(const Netcheck::Config& config) {
  rendezvous::ClientConfig out;
  out.role = rendezvous::Role::viewer;
  out.server = config.server;
  out.identity = config.identity;
  out.pinned = config.pinned;
  return out;
}

}  // namespace

Netcheck::Netcheck(Config config, Ids& ids, Random& random, LogSink& log)
    : config_(std::move(config)),
      ids_(ids),
      random_(random),
      client_(client_config(config_), ids, random, log) {
  nest_.add(client_);
}

void Netcheck::start(Time now) {
  now_ = now;
  give_up_at_ = now + config_.server_within;
  client_.start(now);
}

void Netcheck::settle() {
  namespace ev = rendezvous::event;
  while (auto event = client_.next_event()) {
    if (auto* key = std::get_if<ev::ServerProved>(&*event)) proved_ = key->identity;
    if (auto* connected = std::get_if<ev::Connected>(&*event)) measure(connected->services);
    if (auto* offline = std::get_if<ev::WentOffline>(&*event); offline && !probe_) failed_ = offline->why;
  }
}

void Netcheck::measure(const rendezvous::Services& services) {
  if (probe_) return;
  link::ProbeConfig config;
  config.vantages = link::vantages_from(services, config_.server.tls_port, client_.proxied());
  if (!config_.own_relays.empty()) config.vantages.relays = config_.own_relays;
  config.interfaces = addresses_;
  probe_ = std::make_unique<link::ProfileProbe>(std::move(config), ids_, random_);
  nest_.add(*probe_);
  probe_->start(now_);
}

void Netcheck::on_network(Time now, const std::vector<IpAddress>& addresses) {
  addresses_ = addresses;
  Wrapper::on_network(now, addresses);
}

void Netcheck::on_timer(Time now) {
  Wrapper::on_timer(now);
  if (now >= give_up_at_ && !probe_) failed_ = rendezvous::Offline::timed_out;
}

Time Netcheck::next_deadline() const {
  return probe_ || failed_ ? nest_.next_deadline() : std::min(give_up_at_, nest_.next_deadline());
}

}  // namespace godesk::app
