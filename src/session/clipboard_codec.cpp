#include <algorithm>

#include <session.pb.h>

#include "session/clipboard_messages.h"

namespace godesk::session {
namespace {

using Why = ClipboardFailed::Why;

struct ToProto {
  proto::Clipboard& out;

  void operator()(const ClipboardOffer& m) const {
    auto* offer = out.mutable_offer();
    offer->set_serial(m.serial);
    for (const ClipboardFormat& format : m.formats) {
      auto* f = offer->add_formats();
      f->set_kind(static_cast<std::uint32_t>(format.kind));
      if (format.size) f->set_size(*format.size);
    }
  }
  void operator()(const ClipboardFetch& m) const {
    out.mutable_fetch()->set_request(m.request);
    out.mutable_fetch()->set_serial(m.serial);
    out.mutable_fetch()->set_kind(static_cast<std::uint32_t>(m.kind));
  }
  void operator()(const ClipboardPiece& m) const {
    out.mutable_piece()->set_request(m.request);
    out.mutable_piece()->set_size(m.size);
    out.mutable_piece()->set_bytes(m.bytes.data(), m.bytes.size());
  }
  void operator()(const ClipboardFailed& m) const {
    out.mutable_failed()->set_request(m.request);
    out.mutable_failed()->set_why(static_cast<std::uint32_t>(m.why));
  }
  void operator()(const ClipboardCancel& m) const { out.set_cancel(m.request); }
};

using Decoded = Result<ClipboardMessage, MessageError>;
constexpr Failure<MessageError> bad_length{MessageError::bad_length};
constexpr Failure<MessageError> bad_value{MessageError::bad_value};

std::optional<ClipboardKind> kind_of(std::uint32_t value) {
  for (const ClipboardKind kind : kClipboardKinds)
    if (value == static_cast<std::uint32_t>(kind)) return kind;
  return std::nullopt;
}

/// Kinds that a later version adds are passed over.
Decoded from(const proto::ClipboardOffer& m) {
  constexpr int kMaxFormats = 16;
  if (m.formats_size() > kMaxFormats) return bad_length;
  ClipboardOffer offer{m.serial(), {}};
  for (const auto& f : m.formats()) {
    const auto kind = kind_of(f.kind());
    if (!kind) continue;
    if (holds(offer.formats, *kind)) return bad_value;
    offer.formats.push_back({*kind, f.has_size() ? std::optional(f.size()) : std::nullopt});
  }
  return ClipboardMessage(std::move(offer));
}

Decoded from(const proto::ClipboardFetch& m) {
  const auto kind = kind_of(m.kind());
  if (!kind || m.request() == 0) return bad_value;
  return ClipboardMessage(ClipboardFetch{m.request(), m.serial(), *kind});
}

Decoded from(const proto::ClipboardPiece& m) {
  const auto& bytes = m.bytes();
  if (m.request() == 0) return bad_value;
  if (bytes.size() > kMaxClipboardPiece || bytes.size() > m.size() || bytes.empty() != (m.size() == 0))
    return bad_length;
  return ClipboardMessage(ClipboardPiece{m.request(), m.size(), to_buffer(bytes_of(bytes))});
}

Decoded from(const proto::ClipboardFailed& m) {
  if (m.request() == 0 || m.why() < 1 || m.why() > static_cast<std::uint32_t>(Why::cancelled))
    return bad_value;
  return ClipboardMessage(ClipboardFailed{m.request(), static_cast<Why>(m.why())});
}

}  // namespace

bool holds(const ClipboardFormats& formats, ClipboardKind kind) {
  return std::any_of(formats.begin(), formats.end(), [kind](const auto& f) { return f.kind == kind; });
}

std::string_view name(ClipboardKind kind) {
  switch (kind) {
    case ClipboardKind::text:
      return "text";
    case ClipboardKind::html:
      return "html";
    case ClipboardKind::png:
      return "png";
  }
  return "text";
}

std::string_view name(Why why) {
  switch (why) {
    case Why::gone:
      return "gone";
    case Why::refused:
      return "refused";
    case Why::too_large:
      return "too-large";
    case Why::cancelled:
      return "cancelled";
    case Why::malformed:
      return "malformed";
  }
  return "malformed";
}

Buffer encode(const ClipboardMessage& message) {
  proto::Clipboard out;
  std::visit(ToProto{out}, message);
  Buffer bytes(out.ByteSizeLong());
  out.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Result<ClipboardMessage, MessageError> decode_clipboard(ByteView bytes) {
  if (bytes.size() > kMaxClipboardMessage) return bad_length;
  proto::Clipboard in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Failure{MessageError::malformed};
  switch (in.body_case()) {
    case proto::Clipboard::kOffer:
      return from(in.offer());
    case proto::Clipboard::kFetch:
      return from(in.fetch());
    case proto::Clipboard::kPiece:
      return from(in.piece());
    case proto::Clipboard::kFailed:
      return from(in.failed());
    case proto::Clipboard::kCancel:
      if (in.cancel() == 0) return bad_value;
      return ClipboardMessage(ClipboardCancel{in.cancel()});
    case proto::Clipboard::BODY_NOT_SET:
      break;
  }
  return Failure{MessageError::unknown};
}

}  // namespace godesk::session
