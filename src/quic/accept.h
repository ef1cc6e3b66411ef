// The first datagram of a caller, before there is any state for it.
//
//   1. accept() says whether a datagram can begin a connection, and what the server must know of it.
//   2. Behind a link (whose ICE checks have proved the address): make a Connection from it.
//   3. On an open port (direct IP): without a token, answer make_retry() and forget; with one,
//      verify_retry() proves that the caller receives at its address, and its result makes the Connection.
//
// Never keeps state, never answers a datagram shorter than what it sends (RFC 9000 8.1), and never
// negotiates versions: both ends are ours and speak QUIC version 1.
#pragma once

#include <optional>

#include "base/address.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace godesk::quic {

/// What a server connection starts from. All of it is unauthenticated.
struct AcceptInfo {
  std::uint32_t version = 0;
  Buffer dcid, scid;                    // as in the caller's Initial packet, at most 20 bytes each
  Buffer token;                         // a Retry token, or empty
  std::optional<Buffer> original_dcid;  // set by verify_retry(): the id before the Retry
};

/// Nothing if the datagram is not the first Initial of a QUIC v1 client (RFC 9000 14.1: at least 1200 bytes).
std::optional<AcceptInfo> accept(ByteView first_datagram);

/// Keyed by the server, lives as long as its process.
using RetrySecret = std::array<std::uint8_t, 32>;
inline constexpr Duration kRetryTokenLifetime = 10s;

/// A Retry packet for that caller (RFC 9000 8.1.2), well below 1200 bytes. Nothing if it cannot be made.
std::optional<Buffer> make_retry(const AcceptInfo& info, const Endpoint& from, const RetrySecret& secret,
                                 Time now, Random& random);

enum class RetryRefusal {
  no_token,   // answer with make_retry()
  bad_token,  // forged, expired, or made for another address: ignore the datagram
};
/// The same info with `original_dcid` filled in, ready for a Connection.
Result<AcceptInfo, RetryRefusal> verify_retry(const AcceptInfo& info, const Endpoint& from,
                                              const RetrySecret& secret, Time now);

}  // namespace godesk::quic
