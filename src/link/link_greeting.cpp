// What is known of a link before its introduction, and told with it.
//
// A greeting is a description (signal.h) without relays, offer or private addresses, of generation 1: every
// signal of the started link is newer. It is good for one introduction.
#include "link/link_impl.h"
#include "link/profile_keeper.h"

namespace godesk::link {
namespace {

/// Every second keep-alive is this link's.
Duration keep_every(const ice::NatProfile& profile) { return 2 * keep_alive_for(profile.mapping_life); }

/// Where the outside port is the inside one a mapping that died comes back as it was, one that depends on the
/// destination says nothing to a peer, and one that dies between two words cannot be kept.
bool wants_keeping(const std::optional<ice::NatProfile>& profile) {
  return profile && profile->mapping == ice::Mapping::endpoint_independent &&
         profile->allocation != ice::Allocation::preserving &&
         (profile->mapping_life == 0s || keep_every(*profile) <= profile->mapping_life);
}

}  // namespace

void Link::Impl::prepare(Time now) {
  if (prepared_ || started_ || !uses_sockets()) return;
  prepared_ = true;
  ++greeting_version_;
  now_ = gathered_at_ = now;
  take_nat64(now);
  sockets_.set_addresses(now, addresses_);
  keep_at_ = now + keep_every({});
}

bool Link::Impl::keeps_mapping() const {
  return prepared_ && !started_ && wants_keeping(config_.profile) && sockets_.translated();
}

void Link::Impl::keep(Time now) {
  sockets_.on_timer(now);
  ++greeting_version_;
  if (now < keep_at_) return;
  keep_at_ = now + keep_every(config_.profile.value_or(ice::NatProfile{}));
  if (keeps_mapping()) sockets_.keep(now);
}

Description Link::Impl::greet() const {
  Description d;
  d.generation = 1;
  d.credentials = agent_.local_credentials();
  d.profile = config_.profile;
  add_addresses(d);
  return d;
}

std::optional<Buffer> Link::Impl::greeting() const {
  if (!prepared_ || started_ || dead_) return std::nullopt;
  const Description d = greet();
  return d.candidates.empty() ? std::nullopt : std::optional(encode_signal(d));
}

void Link::Impl::introduce(Config introduced) {
  if (started_) return;
  config_.relays = std::move(introduced.relays);
  config_.seen = introduced.seen;
  config_.early_direct = introduced.early_direct;
  config_.udp_was_blocked = introduced.udp_was_blocked;
  config_.connect_timeout = introduced.connect_timeout;
  config_.greeting = std::move(introduced.greeting);
  config_.start_in = introduced.start_in;
  punch_.introduce(config_.seen, std::move(introduced.remembered));
}

/// A signal that was quicker says more. Anything wrong with a greeting is as good as none.
void Link::Impl::hear_greeting(Time now) {
  if (now < greet_at_) return;
  greet_at_ = kNever;
  auto greeting = heard_ || config_.greeting.size() > config_.max_signal_bytes
                      ? std::nullopt
                      : std::optional(decode_signal(config_.greeting));
  if (!greeting || !*greeting) return;
  heard_ = std::move(**greeting);
  apply_remote(now);
}

}  // namespace godesk::link
