#include "session/room.h"

#include <algorithm>

namespace godesk::session {
namespace {

// What came after a lost packet arrived but is not acknowledged as a stream's bytes: it is not under way, and
// does not keep newer pictures waiting. But what is kept for repetition stays bounded.
constexpr std::int64_t kMostBehindLoss = 4;  // times the room

}  // namespace

/// Where the link has not shown what it carries, a little more than was delivered so far: the more is under
/// way when a link becomes slow, the older is the last picture of it.
std::int64_t room_in_flight(const quic::Stats& link, const RoomConfig& config) {
  if (link.link_rate.n > 0)
    return std::max((link.link_rate * (link.link_rtt + config.frame)).n, config.least);
  const Duration round_trip = link.link_rtt > Duration{} ? link.link_rtt : link.smoothed_rtt;
  return std::max((link.delivery_rate * (round_trip * 5 / 4 + config.frame)).n, config.unknown);
}

bool picture_has_room(const quic::Stats& link, const Waiting& screen, const RoomConfig& config) {
  if (screen.unsent > 0) return false;
  const auto unacked = static_cast<std::int64_t>(screen.unacked);
  const std::int64_t room = room_in_flight(link, config);
  return unacked < kMostBehindLoss * room && std::min(unacked, link.in_flight.n) < room;
}

/// A message at a time may always be under way, or a picture that takes all there is would never let anything
/// be pasted.
bool bulk_has_room(const quic::Stats& link, const Waiting& bulk, const RoomConfig& config) {
  if (link.link_rate.n == 0 || bulk.unsent + bulk.unacked == 0) return true;
  const std::int64_t under_way = link.in_flight.n + static_cast<std::int64_t>(bulk.unsent);
  return under_way < std::max((link.link_rate * link.link_rtt).n, config.least);
}

std::size_t bulk_piece(const quic::Stats& link, std::size_t most, const RoomConfig& config) {
  if (link.link_rate.n == 0) return most;
  const std::int64_t piece = std::max((link.link_rate * config.piece).n, config.least_piece);
  return std::min(static_cast<std::size_t>(piece), most);
}

}  // namespace godesk::session
