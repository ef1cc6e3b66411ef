// The messages inside a session, as plain values (session.proto is their form on the wire).
//
// Streams: the first byte of each says what it is (StreamKind); then messages follow, each with its length in
// front (base/varint.h). Datagrams: the first byte says what it is (DatagramKind), the body is at the struct.
//
//   control  opened by the host: login, then small news both ways              Control
//   input    opened by the caller after login: keys, buttons, wheel, in order  Input
//   screen   opened by the host after login: updates of the screen coder       ScreenUpdate
//   clipboard opened by the host after login, both ways (clipboard_messages.h)  ClipboardMessage
//
// Nothing here is to be believed before the login is through, and after it only within the permissions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/login_context.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace godesk::session {

enum class StreamKind : std::uint8_t { control = 1, input = 2, screen = 3, clipboard = 4 };
enum class DatagramKind : std::uint8_t { pointer = 1, cursor = 2, sound = 3 };

inline constexpr std::size_t kMaxControl = 512u << 10;     // bytes of one control message
inline constexpr std::size_t kMaxLoginControl = 4u << 10;  // the same before login
inline constexpr std::size_t kMaxInput = 64;               // bytes of one input message
inline constexpr std::size_t kInputWindow = 512;           // inputs a caller may have unacknowledged
inline constexpr std::size_t kMaxScreenUpdate = 48u << 20;
inline constexpr std::size_t kMaxPasswordOffers = 4;
inline constexpr std::int16_t kMaxAfterMs = 32767;
inline constexpr std::size_t kMaxSoundPacket = 1100;  // bytes; fits into every path's datagrams

using auth::LoginOffer;
using auth::PasswordKind;

// ---- control, during login

/// Host, first: how each kind of password is to be stretched. Both kinds are always offered.
struct Offer {
  std::vector<LoginOffer> passwords;
  std::optional<std::uint32_t> by_key{};  // the caller's key alone opens, with these permissions
};
/// Host: no guess is allowed now; ask again after `wait`. Said before any share.
struct Busy {
  Duration wait{};  // whole milliseconds, at most a day
};
/// Caller: SPAKE2+ shareP for that kind.
struct Share {
  PasswordKind kind{};
  Buffer share;  // 65 bytes
};
/// Host: shareV and confirmV. From here on a guess is spent.
struct Response {
  Buffer share, confirm;  // 65 and 32 bytes
};
/// Caller: confirmP.
struct Confirm {
  Buffer confirm;  // 32 bytes
};
/// Caller: enters by its key alone, as the offer allows.
struct Enter {};
/// Host: the caller is in, with these permissions (session/permissions.h).
struct Accepted {
  std::uint32_t permissions = 0;
};
struct Refused {
  enum class Why : std::uint8_t {
    wrong_password = 1,  // or someone in between
    refused = 2,         // the host wants no one now
  };
  Why why{};
};

// ---- control, after login

/// Opaque bytes for the peer's link.
struct LinkSignal {
  Buffer bytes;
};
/// Host: media::encode_cursor of the new shape.
struct CursorShape {
  Buffer bytes;
};
/// Host: the caller's permissions are now these.
struct PermissionsChanged {
  std::uint32_t permissions = 0;
};
/// Host: so many input messages of this session have taken effect.
struct InputAck {
  std::uint64_t events = 0;
};

/// Caller: wants to hear the host's sound, or no more. Nothing of it travels before.
struct SoundWanted {
  bool on = false;
};

struct MonitorRect {
  std::uint16_t x = 0, y = 0, width = 0, height = 0;
};
inline constexpr std::size_t kMaxMonitors = 16;
/// Host: its monitors, in pixels of its whole screen, and which the caller is shown: 0 the whole screen, else
/// counted from 1. All other coordinates are relative to what is shown.
struct Monitors {
  std::vector<MonitorRect> all;
  std::uint32_t shown = 0;
};
/// Caller: wants to be shown that one.
struct MonitorWanted {
  std::uint32_t monitor = 0;
};
/// Caller: what it decodes beside VP9 (media::MoreCodecs). The host need not use it.
struct VideoCodecs {
  std::uint32_t more = 0;
};

inline constexpr std::uint16_t kMinScreenSide = 320, kMaxScreenSide = 8192;
/// Caller: wants the host's whole screen to have this size, in pixels, as long as the session lasts; 0 × 0:
/// no more.
struct SizeWanted {
  std::uint16_t width = 0, height = 0;
  bool operator==(const SizeWanted&) const = default;
};
/// Host, to a caller that wants a size: whenever its place in that changes.
struct Sizing {
  enum class State : std::uint8_t {
    decides = 1,  // the screen has that size, or the nearest one that it can have
    follows = 2,  // another caller asked first; this one's turn comes when that one has left
    refused = 3,
  };
  enum class Why : std::uint8_t {
    nothing = 0,           // not refused
    not_allowed = 1,       // by the caller's permissions, or by who started the host
    unsupported = 2,       // the display there cannot change its size
    several_monitors = 3,  // there are several, whose arrangement is kept
  };
  State state{};
  Why why{};
  bool operator==(const Sizing&) const = default;
};
/// "decides", "follows", "refused".
std::string_view name(Sizing::State state);
/// "not-allowed", "unsupported", "several-monitors".
std::string_view name(Sizing::Why why);

/// Host: what its keyboard is set to, as XKB calls it: "us", "de(nodeadkeys)".
struct KeyboardLayout {
  std::string name;  // 1 to kMaxLayoutName printable ASCII characters
};
inline constexpr std::size_t kMaxLayoutName = 64;

using Control = std::variant<Offer, Busy, Share, Response, Confirm, Accepted, Refused, LinkSignal,
                             CursorShape, PermissionsChanged, InputAck, Enter, SoundWanted, Monitors,
                             MonitorWanted, SizeWanted, Sizing, KeyboardLayout, VideoCodecs>;

// ---- input

/// X keysym values (0x01000000 + code point for Unicode), whatever the system of either end.
struct Key {
  std::uint32_t keysym = 0;
  bool down = false;
};
/// A key by its place, whatever the layouts of either end say: its code in Linux's input layer (evdev; 30 is
/// the key of A on a US keyboard).
struct PhysicalKey {
  std::uint16_t code = 0;
  bool down = false;
};
/// 1 left, 2 middle, 3 right, 8 back, 9 forward, pressed at host screen pixels, or `here`: where the pointer
/// is.
struct Button {
  std::uint8_t number = 0;
  bool down = false;
  std::uint16_t x = 0, y = 0;
  bool here = false;
};
/// Units of 1/120 notch; positive is right and down.
struct Wheel {
  std::int16_t dx = 0, dy = 0;
  std::uint16_t x = 0, y = 0;
  bool here = false;
};
/// The pointer goes so many pixels from where it is, at most kMaxMotion each way: for programs that hold it
/// in its place.
inline constexpr int kMaxMotion = 16383;
struct Motion {
  std::int16_t dx = 0, dy = 0;
};
/// A whole key stroke that produces this character.
struct Character {
  char32_t code_point = 0;
};
/// The viewer lost the focus: nothing stays pressed.
struct ReleaseAll {};

using Input = std::variant<Key, Button, Wheel, Character, ReleaseAll, PhysicalKey, Motion>;

// ---- screen

///   capture_us:varint encode_us:varint update...     (base/varint.h, media/screen_wire.h)
struct ScreenUpdate {
  std::uint32_t capture_us = 0, encode_us = 0;  // what it cost the host, for the session figures
  Buffer update;
};

// ---- datagrams

///   kind:u8 sequence:u32 x:u16 y:u16     newest sequence wins, host screen pixels
struct PointerMove {
  std::uint32_t sequence = 0;
  std::uint16_t x = 0, y = 0;
};
/// The same form: where the host's pointer is, when the host itself moved it.
struct CursorMove {
  std::uint32_t sequence = 0;
  std::uint16_t x = 0, y = 0;
};
///   kind:u8 sequence:u32 picture:u16 after_ms:i16 packet...
///   10 ms of the host's sound (media/sound.h); sequence counts them. It is heard there so much after the
///   screen was as the last update shows it that was sent; `picture` counts updates, modulo 2^16.
struct SoundPacket {
  std::uint32_t sequence = 0;
  std::uint16_t picture = 0;  // 0 also before the first
  std::int16_t after_ms = 0;  // negative: before; kMaxAfterMs stands for anything longer, either way
  Buffer packet;              // 1 to kMaxSoundPacket bytes
};
using DatagramMessage = std::variant<PointerMove, CursorMove, SoundPacket>;

enum class MessageError : std::uint8_t {
  malformed,   // not protobuf, or not the form of its kind
  unknown,     // a body this version does not know
  bad_length,  // a field has a length or size that no sender of ours gives
  bad_value,   // an enum, coordinate, keysym or code point out of range
};
std::string_view name(MessageError error);

Buffer encode(const Control& message);
Result<Control, MessageError> decode_control(ByteView bytes);
Buffer encode(const Input& message);
Result<Input, MessageError> decode_input(ByteView bytes);
Buffer encode(const ScreenUpdate& message);
Result<ScreenUpdate, MessageError> decode_screen(ByteView bytes);
Buffer encode(const DatagramMessage& message);
Result<DatagramMessage, MessageError> decode_datagram(ByteView bytes);

}  // namespace godesk::session
