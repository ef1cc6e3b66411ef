#include "auth/tickets.h"

#include <algorithm>
#include <charconv>

#include "crypto/hash.h"
#include "crypto/hkdf.h"

namespace godesk::auth {
namespace {

constexpr std::size_t kMaxHandle = 192;  // characters; ours has 50 to 190
constexpr std::size_t kMaxExpiry = 12;   // digits

std::string expiry_text(WallTime expiry) { return std::to_string(expiry.time_since_epoch().count()); }

/// Exactly what expiry_text() gives for a time since 1970.
std::optional<WallTime> parse_expiry(std::string_view text) {
  std::int64_t seconds = 0;
  if (text.empty() || text.size() > kMaxExpiry || text[0] < '1' || text[0] > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return WallTime{std::chrono::seconds(seconds)};
}

std::string password_for(ByteView secret, std::string_view username) {
  return to_base64(crypto::hmac_sha1(secret, bytes_of(username)));
}

constexpr std::uint8_t kPortFollows = 2;

std::optional<IpAddress> read_relay(Reader& in, std::uint8_t family) {
  if (family == 4) {
    const std::uint32_t v4 = in.u32();
    return in.failed() ? std::nullopt : std::optional(IpAddress::v4(v4));
  }
  const ByteView bytes = in.take(16);
  if (family != 6 || in.failed()) return std::nullopt;
  std::array<std::uint8_t, 16> v6;
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return IpAddress::v6(v6);
}

}  // namespace

Buffer encode_ticket(const Ticket& ticket) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(ticket.kind)).u64(ticket.session);
  const std::size_t relays = std::min(ticket.peer_relays.size(), kMaxPeerRelays);
  for (std::size_t i = 0; i < relays; ++i) {
    const IpAddress& ip = ticket.peer_relays[i];
    out.u8(ip.is_v4() ? 4 : 6).bytes(ip.bytes());
  }
  if (ticket.port != 0) out.u8(kPortFollows).u16(ticket.port);
  return out.take();
}

std::optional<Ticket> decode_ticket(ByteView bytes) {
  Reader in(bytes);
  const std::uint8_t kind = in.u8();
  Ticket ticket{TicketKind::connect, in.u64(), {}, 0};
  if (in.failed() || kind != static_cast<std::uint8_t>(TicketKind::connect)) return std::nullopt;
  while (!in.empty()) {
    const std::uint8_t what = in.u8();
    if (what == kPortFollows) {
      ticket.port = in.u16();
      if (in.failed() || !in.empty() || ticket.port == 0) return std::nullopt;
      break;
    }
    const auto relay = read_relay(in, what);
    if (!relay || ticket.peer_relays.size() == kMaxPeerRelays) return std::nullopt;
    ticket.peer_relays.push_back(*relay);
  }
  return ticket;
}

std::string_view to_string(TicketError error) {
  return error == TicketError::malformed ? "malformed" : "forged";
}

Tickets::Tickets(ByteView secret) : secret_(to_buffer(secret)) {
  const Buffer key = crypto::hkdf_sha256({}, secret, bytes_of("GoDesk ticket handle v1"), key_.size());
  std::copy(key.begin(), key.end(), key_.begin());
}

TurnCredentials Tickets::make(const Ticket& ticket, WallTime expiry, Random& random) const {
  const std::string until = expiry_text(expiry);
  const auto nonce = random.bytes<12>();
  Buffer handle = to_buffer(nonce);
  append(handle, crypto::seal(key_, nonce, bytes_of(until), encode_ticket(ticket)));
  const std::string username = until + ":" + to_base64url(handle);
  return {username, password_of(username)};
}

std::string Tickets::password_of(std::string_view username) const { return password_for(secret_, username); }

Result<OpenedTicket, TicketError> Tickets::open(std::string_view username) const {
  const std::size_t colon = username.find(':');
  if (colon == std::string_view::npos) return Failure{TicketError::malformed};
  const std::string_view until = username.substr(0, colon);
  const std::string_view text = username.substr(colon + 1);
  const std::optional<WallTime> expiry = parse_expiry(until);
  if (!expiry || text.size() > kMaxHandle) return Failure{TicketError::malformed};
  const std::optional<Buffer> handle = from_base64url(text);
  crypto::AeadNonce nonce;
  if (!handle || handle->size() < nonce.size()) return Failure{TicketError::malformed};
  std::copy_n(handle->begin(), nonce.size(), nonce.begin());
  const auto plain = crypto::open(key_, nonce, bytes_of(until), ByteView(*handle).subspan(nonce.size()));
  if (!plain) return Failure{TicketError::forged};
  const std::optional<Ticket> ticket = decode_ticket(*plain);
  if (!ticket) return Failure{TicketError::malformed};
  return OpenedTicket{*ticket, *expiry};
}

TurnCredentials shared_secret_credentials(ByteView secret, WallTime expiry, Random& random) {
  const std::string username = expiry_text(expiry) + ":" + to_base64url(random.bytes<12>());
  return {username, password_for(secret, username)};
}

}  // namespace godesk::auth
