// How much may be under way to the viewer: pure functions of the link's figures.
//
// Where the link has shown what it carries, a picture may have a round trip's worth under way and what the
// link carries in the time of one picture: more would only queue. Bulk (what is pasted) fills what the
// picture leaves of a round trip: no queue comes of it that input or picture would wait in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "quic/types.h"

namespace godesk::session {

struct RoomConfig {
  std::int64_t unknown = 64 << 10;  // bytes that may be under way until the link shows what it carries
  std::int64_t least = 8 << 10;     // bytes, however slow the link
  Duration frame = 17ms;            // the link's queue may hold one picture
  Duration piece = 20ms;            // of the link's time, that a newer picture may have to wait for bulk
  std::int64_t least_piece = 2048;  // bytes
};

/// Bytes of a stream.
struct Waiting {
  std::size_t unsent = 0;   // not yet in a packet
  std::size_t unacked = 0;  // in packets, and not acknowledged
};

/// Bytes of the picture.
std::int64_t room_in_flight(const quic::Stats& link, const RoomConfig& config = {});
/// May another picture leave? `screen`: the stream of pictures.
bool picture_has_room(const quic::Stats& link, const Waiting& screen, const RoomConfig& config = {});
/// May another piece of `bulk`, a stream behind the picture's?
bool bulk_has_room(const quic::Stats& link, const Waiting& bulk, const RoomConfig& config = {});
/// How long a piece may be; at most `most`.
std::size_t bulk_piece(const quic::Stats& link, std::size_t most, const RoomConfig& config = {});

}  // namespace godesk::session
