#include "configured_limits.h"

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "os/files.h"

namespace godesk::server {
namespace {

using os::SetupError;

constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr double kMaxSeconds = 366.0 * 24 * 3600;

[[noreturn]] void refuse(std::string_view key, const std::string& wanted) {
  throw SetupError("The value of '" + std::string(key) + "' in [limits] must be " + wanted + ".");
}

std::int64_t count_of(std::string_view key, const toml::node& value, std::int64_t max = kMaxCount) {
  const auto n = value.value_exact<std::int64_t>();
  if (!n || *n < 1 || *n > max) refuse(key, "a whole number from 1 to " + std::to_string(max));
  return *n;
}

Duration seconds_of(std::string_view key, const toml::node& value) {
  // Below a millisecond nothing here makes sense, and a huge number would not fit.
  const double n = value.is_number() ? value.value<double>().value_or(0) : 0;
  if (!(n >= 0.001 && n <= kMaxSeconds)) refuse(key, "a number of seconds from 0.001 to one year");
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(n));
}

rendezvous::Budget budget_of(std::string_view key, const toml::node& value) {
  const toml::table* table = value.as_table();
  const toml::node* burst = table ? table->get("burst") : nullptr;
  const toml::node* every = table ? table->get("seconds") : nullptr;
  if (!burst || !every || table->size() != 2) refuse(key, "a rate like { burst = 5, seconds = 10 }");
  return {static_cast<std::uint32_t>(count_of(key, *burst)), seconds_of(key, *every)};
}

using Setter = std::function<void(std::string_view key, const toml::node& value)>;

template <class Count>
Setter count(Count& into, std::int64_t max = kMaxCount) {
  return [&into, max](std::string_view key, const toml::node& value) {
    into = static_cast<Count>(count_of(key, value, max));
  };
}

Setter bytes(Bytes& into) {
  return [&into](std::string_view key, const toml::node& value) { into = Bytes{count_of(key, value)}; };
}

template <class Time>
Setter time(Time& into) {
  return [&into](std::string_view key, const toml::node& value) {
    into = std::chrono::ceil<Time>(seconds_of(key, value));
  };
}

Setter rate(rendezvous::Budget& into) {
  return [&into](std::string_view key, const toml::node& value) { into = budget_of(key, value); };
}

using Setters = std::map<std::string_view, Setter>;

void add_id_server(rendezvous::ServerConfig& id, Setters& out) {
  out["max-connections"] = count(id.max_connections);
  out["max-unproved"] = count(id.max_unproved);
  out["max-unproved-per-prefix"] = count(id.max_unproved_per_prefix);
  out["max-introductions"] = count(id.max_introductions);
  out["max-introductions-per-viewer"] = count(id.max_introductions_per_viewer);
  out["max-introductions-per-host"] = count(id.max_introductions_per_host);
  out["max-meetings-per-host"] = count(id.max_meetings_per_host);
  out["max-backlog"] = count(id.max_backlog);
  out["max-buckets"] = count(id.max_buckets);
  out["hello-limit"] = time(id.hello_limit);
  out["silence-limit"] = time(id.silence_limit);
  out["takeover-limit"] = time(id.takeover_limit);
  out["introduction-limit"] = time(id.introduction_limit);
  out["refresh-limit"] = time(id.refresh_limit);
  out["finds-per-prefix"] = rate(id.finds_per_prefix);
  out["finds-per-target"] = rate(id.finds_per_target);
  out["new-ids-per-prefix"] = rate(id.new_ids_per_prefix);
  out["refreshes-per-device"] = rate(id.refreshes_per_device);
  out["signals-per-introduction"] = rate(id.signals_per_introduction);
  out["messages-per-connection"] = rate(id.messages_per_connection);
}

void add_relay(turn::Server::Config& relay, Setters& out) {
  out["max-allocations"] = count(relay.max_allocations);
  out["max-allocations-per-prefix"] = count(relay.max_allocations_per_prefix);
  out["max-permissions"] = count(relay.max_permissions);
  out["max-channels"] = count(relay.max_channels);
  out["max-reservations"] = count(relay.max_reservations);
  out["max-relay-streams"] = count(relay.max_streams);
  out["max-relay-streams-per-prefix"] = count(relay.max_streams_per_prefix);
  out["max-bans"] = count(relay.max_bans);
  out["ban-after"] = count(relay.ban_after);
  out["idle-relay-stream"] = time(relay.idle_stream);
  out["default-lifetime"] = time(relay.default_lifetime);
  out["max-lifetime"] = time(relay.max_lifetime);
  out["ticket-life"] = time(relay.ticket_life);
  out["min-fixed-port"] = count(relay.min_fixed_port, 65535);
  out["prefix-bytes-per-second"] = bytes(relay.prefix_quota.bytes_per_second);
  out["prefix-packets-per-second"] = count(relay.prefix_quota.packets_per_second);
  out["relay-queue-time"] = time(relay.gate.max_wait);
  out["relay-queue-bytes"] = count(relay.gate.max_bytes);
  out["unproved-answers-per-second"] = count(relay.limiter.per_second);
  out["max-unproved-prefixes"] = count(relay.limiter.max_prefixes);
}

void add_streams(os::DriverConfig& driver, Setters& out) {
  out["max-accepted"] = count(driver.max_accepted);
  out["max-accepted-per-prefix"] = count(driver.max_accepted_per_prefix);
  out["handshake-timeout"] = time(driver.handshake_timeout);
  out["idle-timeout"] = time(driver.idle_timeout);
  out["close-timeout"] = time(driver.close_timeout);
  out["max-queued"] = count(driver.max_queued);
  out["max-message"] = count(driver.max_message);
}

}  // namespace

void read_limits(const toml::table& table, Limits& limits) {
  Setters setters;
  add_id_server(limits.id, setters);
  add_relay(limits.relay, setters);
  add_streams(limits.driver, setters);
  for (const auto& [key, value] : table) {
    const auto setter = setters.find(key.str());
    if (setter == setters.end())
      throw SetupError("The configuration has an unknown key '" + std::string(key.str()) + "' in [limits].");
    setter->second(key.str(), value);
  }
}

}  // namespace godesk::server
