#include "auth/authorised_keys.h"

#include <algorithm>
#include <charconv>

namespace godesk::auth {
namespace {

bool sound_label(std::string_view label) {
  return label.size() <= kMaxLabel && std::none_of(label.begin(), label.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

/// The text up to the next space, which is taken too; nothing when there is no space.
std::optional<std::string_view> word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view head = line.substr(0, space);
  line.remove_prefix(space + 1);
  return head;
}

template <class Int>
std::optional<Int> number(std::optional<std::string_view> text) {
  Int value{};
  if (!text || text->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return value;
}

std::optional<AuthorisedKey> decode_line(std::string_view line) {
  AuthorisedKey entry;
  const auto key_text = word(line);
  const auto permissions = number<std::uint32_t>(word(line));
  const auto until = number<std::int64_t>(word(line));
  const auto bytes = key_text ? from_base64url(*key_text) : std::nullopt;
  const auto key = bytes ? crypto::PublicKey::from(*bytes) : std::nullopt;
  if (!key || !permissions || !until || *until < 0 || !sound_label(line)) return std::nullopt;
  entry.key = *key;
  entry.permissions = *permissions;
  if (*until > 0) entry.until = WallTime(std::chrono::seconds(*until));
  entry.label = line;
  return entry;
}

}  // namespace

Result<AuthorisedKeys, AuthorisedKeysError> AuthorisedKeys::decode(std::string_view text) {
  AuthorisedKeys keys;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return Failure{AuthorisedKeysError::malformed};
    auto entry = decode_line(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!entry) return Failure{AuthorisedKeysError::malformed};
    if (!keys.put(std::move(*entry))) return Failure{AuthorisedKeysError::too_many};
  }
  return keys;
}

std::string AuthorisedKeys::encode() const {
  std::string text;
  for (const AuthorisedKey& entry : entries_) {
    const auto until = entry.until ? entry.until->time_since_epoch().count() : 0;
    text += to_base64url(entry.key.bytes) + " " + std::to_string(entry.permissions) + " " +
            std::to_string(until) + " " + entry.label + "\n";
  }
  return text;
}

bool AuthorisedKeys::put(AuthorisedKey entry) {
  if (!sound_label(entry.label)) return false;
  for (AuthorisedKey& known : entries_) {
    if (known.key != entry.key) continue;
    known = std::move(entry);
    return true;
  }
  if (entries_.size() >= kMaxAuthorisedKeys) return false;
  entries_.push_back(std::move(entry));
  return true;
}

bool AuthorisedKeys::remove(const crypto::PublicKey& key) {
  return std::erase_if(entries_, [&](const AuthorisedKey& e) { return e.key == key; }) > 0;
}

const AuthorisedKey* AuthorisedKeys::find(WallTime now, const crypto::PublicKey& key) const {
  for (const AuthorisedKey& entry : entries_) {
    if (entry.key == key) return !entry.until || now < *entry.until ? &entry : nullptr;
  }
  return nullptr;
}

bool AuthorisedKeys::lists(const crypto::PublicKey& key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const AuthorisedKey& e) { return e.key == key; });
}

crypto::Digest32 entry_hash(const crypto::PublicKey& host, const crypto::PublicKey& caller) {
  Buffer input = to_buffer(bytes_of("GoDesk authorised v1"));
  append(input, host.bytes);
  append(input, caller.bytes);
  return crypto::sha256(input);
}

}  // namespace godesk::auth
