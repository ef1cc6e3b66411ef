// What the two clipboards say to each other, as plain values (session.proto is their form on the wire).
//
//   Offer    either side: what its clipboard holds now; nothing of it travels
//   Fetch    the other side: somebody there pastes, so this kind is wanted of that offer
//   Piece    the answer, piece after piece until `size` bytes are there; or
//   Failed   instead of what is missing
//   Cancel   nobody wants it any more; answered by Failed unless all of it is under way
//
// Fetches are answered one after another, in the order in which they came.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "session/messages.h"

namespace godesk::session {

enum class ClipboardKind : std::uint8_t {
  text = 1,  // UTF-8
  html = 2,  // UTF-8
  png = 3,   // a picture
};
inline constexpr ClipboardKind kClipboardKinds[] = {ClipboardKind::text, ClipboardKind::html,
                                                    ClipboardKind::png};
/// "text", "html", "png"; also the word of events.
std::string_view name(ClipboardKind kind);

inline constexpr std::size_t kMaxClipboardMessage = 34u << 10;
inline constexpr std::size_t kMaxClipboardPiece = 32u << 10;

struct ClipboardFormat {
  ClipboardKind kind{};
  std::optional<std::uint64_t> size{};  // bytes, where the owner knows them
  bool operator==(const ClipboardFormat&) const = default;
};
using ClipboardFormats = std::vector<ClipboardFormat>;  // each kind at most once
bool holds(const ClipboardFormats& formats, ClipboardKind kind);

struct ClipboardOffer {
  std::uint32_t serial = 0;  // each offer has a higher one
  ClipboardFormats formats;  // none: the clipboard was emptied
};
struct ClipboardFetch {
  std::uint32_t request = 0;  // the sender's choice, never 0
  std::uint32_t serial = 0;   // of the offer
  ClipboardKind kind{};
};
struct ClipboardPiece {
  std::uint32_t request = 0;
  std::uint64_t size = 0;  // of the whole
  Buffer bytes;            // empty only when the whole is
};
struct ClipboardFailed {
  enum class Why : std::uint8_t {
    gone = 1,       // the clipboard holds something else by now, or its owner does not answer
    refused = 2,    // the permissions do not allow it
    too_large = 3,  // above the bound of the side that says so
    cancelled = 4,  // as asked
    malformed = 5,  // never on the wire: what came is not of its kind
  };
  std::uint32_t request = 0;
  Why why{};
};
/// "gone", "refused", "too-large", "cancelled", "malformed".
std::string_view name(ClipboardFailed::Why why);
struct ClipboardCancel {
  std::uint32_t request = 0;
};
using ClipboardMessage =
    std::variant<ClipboardOffer, ClipboardFetch, ClipboardPiece, ClipboardFailed, ClipboardCancel>;

Buffer encode(const ClipboardMessage& message);
Result<ClipboardMessage, MessageError> decode_clipboard(ByteView bytes);

/// True when `content` is of that kind: strictly valid UTF-8 without NUL, or something that begins as a PNG
/// with sides of 1 to 32767.
bool acceptable(ClipboardKind kind, ByteView content);

}  // namespace godesk::session
