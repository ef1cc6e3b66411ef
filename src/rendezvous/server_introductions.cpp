#include "rendezvous/server_introductions.h"

#include <algorithm>

#include "auth/authorised_keys.h"
#include "crypto/equal.h"
#include "crypto/hkdf.h"

namespace godesk::rendezvous {

ServerIntroductions::ServerIntroductions(const ServerConfig& config, ServerCounters& counters,
                                         TicketIssuer& tickets, Random& random,
                                         ServerConnections& connections, ServerRegistrations& registrations)
    : config_(config),
      counters_(counters),
      tickets_(tickets),
      random_(random),
      connections_(connections),
      registrations_(registrations),
      token_key_(crypto::hkdf_sha256({}, config.identity.key.seed, bytes_of("GoDesk refresh token v2"), 32)),
      finds_by_prefix_(config.finds_per_prefix, config.max_buckets),
      finds_by_target_(config.finds_per_target, config.max_buckets),
      refreshes_(config.refreshes_per_device, config.max_buckets) {}

// ---- questions

void ServerIntroductions::find(Time now, ServerConnection& viewer, const wire::Find& question) {
  viewer.own_relays = question.own_relays;
  ServerConnection* host = registrations_.host_of(question.id);
  const bool authorised = host && host->authorised.count(auth::entry_hash(host->key, viewer.key)) > 0;
  Duration wait = authorised ? Duration{} : must_wait(now, viewer, question.id);
  if (wait > 0s) return connections_.send(viewer, wire::Busy{question.question, wait});

  if (!host || !(host->willing || authorised)) {
    ++counters_.find_not_found;
    return connections_.send(viewer, wire::NotFound{question.question});
  }
  wait = unfinished(viewer, *host, authorised);
  if (wait > 0s) return connections_.send(viewer, wire::Busy{question.question, wait});
  introduce(now, viewer, *host, question, authorised);
}

/// The limits that hold whether the ID exists or not, so that being limited says nothing about it.
Duration ServerIntroductions::must_wait(Time now, const ServerConnection& viewer, const auth::DeviceId& id) {
  if (const Duration wait = finds_by_prefix_.take(now, viewer.prefix); wait > 0s) {
    ++counters_.find_prefix_limited;
    return wait;
  }
  if (const Duration wait = finds_by_target_.take(now, id); wait > 0s) {
    ++counters_.find_target_limited;
    return wait;
  }
  return 0s;
}

bool ServerIntroductions::has_room(const ServerConnection& viewer) const {
  return table_.size() < config_.max_introductions &&
         viewer.introductions.size() < config_.max_introductions_per_viewer;
}

Duration ServerIntroductions::unfinished(const ServerConnection& viewer, const ServerConnection& host,
                                         bool authorised) {
  if (has_room(viewer) && (authorised || host.introductions.size() < config_.max_introductions_per_host))
    return 0s;
  ++counters_.find_unfinished;
  return config_.finds_per_target.one_per;
}

void ServerIntroductions::introduce(Time now, ServerConnection& viewer, ServerConnection& host,
                                    const wire::Find& question, bool authorised) {
  IntroId intro{random_.u64()};
  while (table_.count(intro)) intro.number = random_.u64();
  open(now, intro, viewer, host);
  Services for_host = services(now, host, {viewer.key, viewer.own_relays}, intro);
  Services for_viewer = services(now, viewer, {host.key, host.own_relays}, intro);
  const auto opening_host = random_.bytes<16>(), opening_viewer = random_.bytes<16>();
  for_host.seen = {opening_host, stun::seen_mark(opening_viewer, viewer.remote)};
  for_viewer.seen = {opening_viewer, stun::seen_mark(opening_host, host.remote)};
  if (authorised) {
    for_host.greeting = question.greeting;
    for_viewer.greeting = std::exchange(host.greeting, {});
    // Half of the longer way less half of one's own: the messages leave here at the same instant.
    const Duration longest = std::max(viewer.rtt, host.rtt);
    for_host.start_in = std::min((longest - host.rtt) / 2, kMaxStart);
    for_viewer.start_in = std::min((longest - viewer.rtt) / 2, kMaxStart);
  }
  connections_.send(host, wire::Introduction{intro, viewer.key, for_host});
  connections_.send(viewer, wire::Introduced{intro, host.key, for_viewer, question.question, authorised});
}

void ServerIntroductions::open(Time now, IntroId intro, ServerConnection& viewer, ServerConnection& host) {
  table_[intro] = Introduction{viewer.stream, host.stream, {}, {}};
  due_.set(intro, now + config_.introduction_limit);
  viewer.introductions.insert(intro);
  host.introductions.insert(intro);
}

Services ServerIntroductions::services(Time now, const ServerConnection& client, const Other& other,
                                       IntroId intro) {
  return {config_.stun, tickets_.issue(now, intro, client.remote, other.own_relays),
          token(now, client, other, intro)};
}

// ---- inside an introduction

void ServerIntroductions::signal(Time now, ServerConnection& from, wire::Signal signal) {
  const auto found = table_.find(signal.intro);
  if (found == table_.end() || !from.introductions.count(signal.intro))
    return void(++counters_.signal_unknown);
  Introduction& introduction = found->second;
  Bucket& bucket = from.stream == introduction.viewer ? introduction.from_viewer : introduction.from_host;
  if (bucket.take(now, config_.signals_per_introduction) > 0s) return void(++counters_.signal_too_fast);
  if (auto* to = connections_.find(introduction.other(from.stream)))
    connections_.send(*to, std::move(signal));
}

void ServerIntroductions::end(ServerConnection& by, IntroId intro) {
  // Both sides may end it at once; the second is no error.
  if (by.introductions.count(intro)) remove(intro, table_.at(intro).other(by.stream));
}

void ServerIntroductions::left(const ServerConnection& connection) {
  const std::set<IntroId> open = connection.introductions;
  for (const IntroId& intro : open) remove(intro, table_.at(intro).other(connection.stream));
}

void ServerIntroductions::on_timer(Time now) {
  while (const auto intro = due_.pop(now)) {
    const Introduction introduction = table_.at(*intro);
    remove(*intro, introduction.host);
    tell_end(introduction.viewer, *intro);
  }
}

void ServerIntroductions::remove(IntroId intro, StreamId told) {
  forget(intro);
  tell_end(told, intro);
}

void ServerIntroductions::forget(IntroId intro) {
  const auto node = table_.extract(intro);
  due_.erase(intro);
  connections_.at(node.mapped().viewer).introductions.erase(intro);
  connections_.at(node.mapped().host).introductions.erase(intro);
}

void ServerIntroductions::tell_end(StreamId side, IntroId intro) {
  if (auto* connection = connections_.find(side))
    connections_.send(*connection, wire::EndIntroduction{intro});
}

// ---- new credentials for an old introduction

void ServerIntroductions::refresh(Time now, ServerConnection& client, const wire::Refresh& request) {
  const bool limited = refreshes_.take(now, client.key) > 0s;
  const auto other = limited ? std::nullopt : read_token(now, client, request);
  if (!other) {
    ++counters_.refresh_refused;
    return connections_.send(client, wire::RefreshRefused{request.intro});
  }
  client.own_relays = request.own_relays;
  const bool met = request.meet && client.role == Role::viewer && meet(now, client, *other, request.intro);
  connections_.send(client,
                    wire::Refreshed{request.intro, services(now, client, *other, request.intro), met});
}

/// The host judges by itself whether it knows such a session; strangers' limits do not hold for who was in.
bool ServerIntroductions::meet(Time now, ServerConnection& viewer, const Other& other, IntroId intro) {
  ServerConnection* host = registrations_.host_of(other.key);
  if (!host || host->stream == viewer.stream) return false;
  const auto open_one = table_.find(intro);
  if (open_one != table_.end()) {
    if (connections_.at(open_one->second.viewer).key != viewer.key) return false;
    forget(intro);
  }
  if (!has_room(viewer) || host->introductions.size() >= config_.max_meetings_per_host) return false;
  open(now, intro, viewer, *host);
  const Services for_host = services(now, *host, {viewer.key, viewer.own_relays}, intro);
  connections_.send(*host, wire::Introduction{intro, viewer.key, for_host, true});
  return true;
}

/// issued (8) ‖ the other side's key (32) ‖ its own relays as in a ticket ‖ MAC (32)
Buffer ServerIntroductions::token(Time now, const ServerConnection& client, const Other& other,
                                  IntroId intro) const {
  Writer writer;
  writer.u64(wall_seconds(now)).bytes(other.key.bytes);
  for (const IpAddress& ip : other.own_relays) writer.u8(ip.is_v4() ? 4 : 6).bytes(ip.bytes());
  writer.bytes(token_mac(client, intro, writer.buffer()));
  return writer.take();
}

std::optional<ServerIntroductions::Other> ServerIntroductions::read_token(
    Time now, const ServerConnection& client, const wire::Refresh& request) const {
  constexpr std::size_t kMac = 32;
  if (request.token.size() < kMac) return std::nullopt;
  const ByteView content = ByteView(request.token).first(request.token.size() - kMac);
  if (!crypto::equal(ByteView(request.token).last(kMac), token_mac(client, request.intro, content)))
    return std::nullopt;
  // From here on it is what we wrote.
  Reader reader(content);
  const std::uint64_t issued = reader.u64();
  const auto limit = std::chrono::duration_cast<std::chrono::seconds>(config_.refresh_limit);
  if (wall_seconds(now) > issued + static_cast<std::uint64_t>(limit.count())) return std::nullopt;
  Other other;
  const ByteView key = reader.take(other.key.bytes.size());
  std::copy(key.begin(), key.end(), other.key.bytes.begin());
  while (!reader.empty() && !reader.failed()) {
    const ByteView bytes = reader.take(reader.u8() == 4 ? 4 : 16);
    if (auto ip = ip_from(bytes)) other.own_relays.push_back(*ip);
  }
  return other;
}

crypto::Digest32 ServerIntroductions::token_mac(const ServerConnection& client, IntroId intro,
                                                ByteView content) const {
  Writer writer;
  writer.u64(intro.number).bytes(client.key.bytes).bytes(content);
  return crypto::hmac_sha256(token_key_, writer.buffer());
}

std::uint64_t ServerIntroductions::wall_seconds(Time now) const {
  const auto wall = config_.wall_at_zero + std::chrono::duration_cast<std::chrono::seconds>(now - Time{});
  return static_cast<std::uint64_t>(wall.time_since_epoch().count());
}

}  // namespace godesk::rendezvous
