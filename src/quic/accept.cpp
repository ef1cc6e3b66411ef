#include "quic/accept.h"

#include <algorithm>

#include <netinet/in.h>

#include "quic/ngtcp2_shim.h"

namespace godesk::quic {
namespace {

constexpr std::size_t kRetryCidSize = 8;
constexpr std::size_t kMaxRetryPacket = 256;

ngtcp2_cid cid_of(ByteView bytes) {
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, bytes.data(), bytes.size());
  return id;
}

Buffer bytes_of_cid(const ngtcp2_cid& id) { return to_buffer({id.data, id.datalen}); }

// The caller's address as the library binds it into a token.
struct SocketAddress {
  explicit SocketAddress(const Endpoint& from) {
    if (from.ip.is_v4()) {
      v4.sin_family = AF_INET;
      v4.sin_port = from.port;
      std::copy(from.ip.bytes().begin(), from.ip.bytes().end(),
                reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    } else {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = from.port;
      std::copy(from.ip.bytes().begin(), from.ip.bytes().end(), v6.sin6_addr.s6_addr);
      size = sizeof v6;
    }
  }
  const sockaddr* get() const {
    return size == sizeof v6 ? reinterpret_cast<const sockaddr*>(&v6)
                             : reinterpret_cast<const sockaddr*>(&v4);
  }

  sockaddr_in v4{};
  sockaddr_in6 v6{};
  ngtcp2_socklen size = sizeof v4;
};

std::uint64_t stamp(Time now) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 1));
}

}  // namespace

std::optional<AcceptInfo> accept(ByteView first_datagram) {
  ngtcp2_pkt_hd header{};
  if (first_datagram.empty() || ngtcp2_accept(&header, first_datagram.data(), first_datagram.size()) != 0)
    return std::nullopt;
  if (header.version != NGTCP2_PROTO_VER_V1) return std::nullopt;
  AcceptInfo info;
  info.version = header.version;
  info.dcid = bytes_of_cid(header.dcid);
  info.scid = bytes_of_cid(header.scid);
  info.token = to_buffer(shim::token_of(header));
  return info;
}

std::optional<Buffer> make_retry(const AcceptInfo& info, const Endpoint& from, const RetrySecret& secret,
                                 Time now, Random& random) {
  const SocketAddress address(from);
  const ngtcp2_cid client = cid_of(info.scid), original = cid_of(info.dcid);
  const ngtcp2_cid ours = cid_of(random.bytes<kRetryCidSize>());
  if (ngtcp2_cid_eq(&ours, &original)) return std::nullopt;  // RFC 9000 17.2.5.1; the library asserts it
  std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token;
  const auto token_size =
      ngtcp2_crypto_generate_retry_token(token.data(), secret.data(), secret.size(), info.version,
                                         address.get(), address.size, &ours, &original, stamp(now));
  if (token_size < 0) return std::nullopt;
  Buffer packet(kMaxRetryPacket);
  const auto size = ngtcp2_crypto_write_retry(packet.data(), packet.size(), info.version, &client, &ours,
                                              &original, token.data(), static_cast<std::size_t>(token_size));
  if (size < 0) return std::nullopt;
  packet.resize(static_cast<std::size_t>(size));
  return packet;
}

Result<AcceptInfo, RetryRefusal> verify_retry(const AcceptInfo& info, const Endpoint& from,
                                              const RetrySecret& secret, Time now) {
  if (info.token.empty()) return Failure{RetryRefusal::no_token};
  const SocketAddress address(from);
  const ngtcp2_cid dcid = cid_of(info.dcid);
  ngtcp2_cid original{};
  const int result =
      ngtcp2_crypto_verify_retry_token(&original, info.token.data(), info.token.size(), secret.data(),
                                       secret.size(), info.version, address.get(), address.size, &dcid,
                                       static_cast<ngtcp2_duration>(kRetryTokenLifetime.count()), stamp(now));
  if (result != 0) return Failure{RetryRefusal::bad_token};
  AcceptInfo verified = info;
  verified.original_dcid = bytes_of_cid(original);
  return verified;
}

}  // namespace godesk::quic
