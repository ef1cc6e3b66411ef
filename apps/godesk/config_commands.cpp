// `godesk config`: what this device remembers, and who may enter it by key alone.
#include <algorithm>
#include <iostream>

#include "commands.h"
#include "device.h"
#include "events.h"
#include "os/clock.h"
#include "os/random.h"
#include "session/permissions.h"
#include "target.h"

namespace godesk::app {
namespace {

struct Word {
  std::string_view name;
  session::PermissionSet means;
};

constexpr session::PermissionSet just(session::Permission p) { return session::PermissionSet().with(p); }

/// Those that mean more stand before those that mean a part of it.
constexpr Word kWords[] = {
    {"view", just(session::Permission::view)},
    {"input", just(session::Permission::input)},
    {"clipboard", just(session::Permission::clipboard_text).with(session::Permission::clipboard_rich)},
    {"clipboard-text", just(session::Permission::clipboard_text)},
    {"files", just(session::Permission::files)},
    {"sound", just(session::Permission::sound)},
    {"resize", just(session::Permission::resize)}};

std::uint32_t bits_of(std::string_view name) {
  for (const Word& word : kWords)
    if (word.name == name) return word.means.bits();
  throw Stop(Exit::usage, "'" + std::string(name) +
                              "' is not a permission: give a list of view, input, clipboard, clipboard-text, "
                              "files, sound, resize.");
}

std::uint32_t permissions_of(std::string_view list) {
  std::uint32_t bits = 0;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    bits |= bits_of(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return bits;
}

std::string words_of(std::uint32_t bits) {
  std::string said;
  for (const Word& word : kWords) {
    if ((bits & word.means.bits()) != word.means.bits()) continue;
    bits &= ~word.means.bits();
    said += (said.empty() ? "" : ",") + std::string(word.name);
  }
  return said.empty() ? "nothing" : said;
}

/// Base64url alone may begin with a dash, and a command line would take it for a flag.
constexpr std::string_view kKeyPrefix = "ed25519:";

std::string text_of(const crypto::PublicKey& key) {
  return std::string(kKeyPrefix) + to_base64url(key.bytes);
}

crypto::PublicKey key_of(const std::string& text) {
  std::string_view encoded = text;
  if (encoded.substr(0, kKeyPrefix.size()) == kKeyPrefix) encoded.remove_prefix(kKeyPrefix.size());
  const auto bytes = from_base64url(encoded);
  const auto key = bytes ? crypto::PublicKey::from(*bytes) : std::nullopt;
  if (!key) {
    throw Stop(Exit::usage,
               "'" + text + "' is not a device key: 'godesk config key' prints it on that device.");
  }
  return *key;
}

void authorise(const ConfigOptions& options, const Device& device) {
  auth::AuthorisedKey entry;
  entry.key = key_of(options.subject);
  entry.permissions = permissions_of(options.permissions);
  entry.label = options.name;
  if (options.days > 0) entry.until = os::wall_now() + std::chrono::days(options.days);
  auth::AuthorisedKeys keys = device.authorised_keys();
  if (!keys.put(entry)) {
    throw Stop(Exit::usage, "At most 256 keys can be authorised, with names of at most 64 printable bytes.");
  }
  device.write_authorised_keys(keys);
}

void revoke(const ConfigOptions& options, const Device& device) {
  auth::AuthorisedKeys keys = device.authorised_keys();
  if (!keys.remove(key_of(options.subject))) throw Stop(Exit::usage, "That key is not authorised.");
  device.write_authorised_keys(keys);
}

void list(EventWriter& out, const Device& device) {
  const auth::AuthorisedKeys keys = device.authorised_keys();
  for (const auth::AuthorisedKey& entry : keys.all()) {
    const std::string key = text_of(entry.key), words = words_of(entry.permissions);
    Json fields = {{"key", key}, {"permissions", words}, {"name", entry.label}};
    std::string plain = key + "  " + words + "  until revoked  " + entry.label;
    if (entry.until) {
      const auto left = std::chrono::ceil<std::chrono::days>(*entry.until - os::wall_now()).count();
      fields["days_left"] = std::max<std::int64_t>(left, 0);
      plain = key + "  " + words + "  " + (left > 0 ? std::to_string(left) + " days" : "ended") + "  " +
              entry.label;
    }
    out.write(os::now(), "authorised", fields, plain);
  }
}

void forget(const ConfigOptions& options, const Device& device) {
  const Target target = parse_target(options.subject);
  if (!device.forget_host(target.name)) throw Stop(Exit::usage, "No key is pinned for " + target.name + ".");
}

}  // namespace

Exit run_config(const Options& options, LogSink& log) {
  EventWriter out(options.common.json, os::now());
  os::OsRandom random;
  const Device device(options.common.data_dir, random, log);
  const std::string key = text_of(device.identity().public_key);
  switch (options.config.action) {
    case ConfigAction::forget:
      forget(options.config, device);
      break;
    case ConfigAction::key:
      out.write(os::now(), "key", {{"key", key}}, key);
      break;
    case ConfigAction::authorise:
      authorise(options.config, device);
      break;
    case ConfigAction::revoke:
      revoke(options.config, device);
      break;
    case ConfigAction::authorised:
      list(out, device);
      break;
  }
  return Exit::ok;
}

}  // namespace godesk::app
