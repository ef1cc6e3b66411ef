#include <algorithm>

#include <session.pb.h>

#include "session/messages.h"

namespace godesk::session {
namespace {

constexpr std::size_t kShare = 65, kConfirm = 32, kSalt = 16;
constexpr std::uint32_t kMaxPlace = 16383;
constexpr std::uint32_t kMaxWaitMs = 24 * 3600 * 1000;

std::string text(ByteView bytes) { return std::string(text_of(bytes)); }
Buffer buffer(const std::string& bytes) { return to_buffer(bytes_of(bytes)); }

struct ToProto {
  proto::Control& out;

  void operator()(const Offer& m) const {
    auto* offer = out.mutable_offer();
    for (const auto& password : m.passwords) {
      auto* p = offer->add_passwords();
      p->set_kind(static_cast<std::uint32_t>(password.kind));
      p->set_salt(text(password.salt));
      p->set_n(password.kdf.n);
      p->set_r(password.kdf.r);
      p->set_p(password.kdf.p);
    }
    if (m.by_key) offer->set_by_key(*m.by_key);
  }
  void operator()(const Busy& m) const {
    auto ms = std::chrono::ceil<std::chrono::milliseconds>(m.wait).count();
    out.mutable_busy()->set_wait_ms(static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 0, kMaxWaitMs)));
  }
  void operator()(const Share& m) const {
    out.mutable_share()->set_kind(static_cast<std::uint32_t>(m.kind));
    out.mutable_share()->set_share(text(m.share));
  }
  void operator()(const Response& m) const {
    out.mutable_response()->set_share(text(m.share));
    out.mutable_response()->set_confirm(text(m.confirm));
  }
  void operator()(const Confirm& m) const { out.mutable_confirm()->set_confirm(text(m.confirm)); }
  void operator()(const Accepted& m) const { out.mutable_accepted()->set_permissions(m.permissions); }
  void operator()(const Refused& m) const {
    out.mutable_refused()->set_why(static_cast<std::uint32_t>(m.why));
  }
  void operator()(const LinkSignal& m) const { out.set_link_signal(text(m.bytes)); }
  void operator()(const CursorShape& m) const { out.set_cursor_shape(text(m.bytes)); }
  void operator()(const PermissionsChanged& m) const { out.set_permissions(m.permissions); }
  void operator()(const Enter&) const { out.mutable_enter(); }
  void operator()(const SoundWanted& m) const { out.set_sound_wanted(m.on); }
  void operator()(const Monitors& m) const {
    out.mutable_monitors()->set_shown(m.shown);
    for (const MonitorRect& rect : m.all) {
      auto* monitor = out.mutable_monitors()->add_all();
      monitor->set_x(rect.x);
      monitor->set_y(rect.y);
      monitor->set_width(rect.width);
      monitor->set_height(rect.height);
    }
  }
  void operator()(const MonitorWanted& m) const { out.set_monitor_wanted(m.monitor); }
  void operator()(const SizeWanted& m) const {
    out.mutable_size_wanted()->set_width(m.width);
    out.mutable_size_wanted()->set_height(m.height);
  }
  void operator()(const Sizing& m) const {
    out.mutable_sizing()->set_state(static_cast<std::uint32_t>(m.state));
    out.mutable_sizing()->set_why(static_cast<std::uint32_t>(m.why));
  }
  void operator()(const KeyboardLayout& m) const { out.set_keyboard_layout(m.name); }
  void operator()(const VideoCodecs& m) const { out.set_video_codecs(m.more); }
  void operator()(const InputAck& m) const { out.mutable_input_ack()->set_events(m.events); }
};

using Decoded = Result<Control, MessageError>;
constexpr Failure<MessageError> bad_length{MessageError::bad_length};
constexpr Failure<MessageError> bad_value{MessageError::bad_value};

bool is_kind(std::uint32_t kind) { return kind == 1 || kind == 2; }

Decoded from(const proto::Offer& m) {
  if (static_cast<std::size_t>(m.passwords_size()) > kMaxPasswordOffers) return bad_length;
  Offer offer;
  for (const auto& p : m.passwords()) {
    if (!is_kind(p.kind())) return bad_value;
    if (p.salt().size() != kSalt) return bad_length;
    LoginOffer password{static_cast<PasswordKind>(p.kind()), {}, {p.n(), p.r(), p.p()}};
    std::copy(p.salt().begin(), p.salt().end(), password.salt.begin());
    offer.passwords.push_back(password);
  }
  if (m.has_by_key()) offer.by_key = m.by_key();
  return Control(std::move(offer));
}

Decoded from(const proto::Share& m) {
  if (!is_kind(m.kind())) return bad_value;
  if (m.share().size() != kShare) return bad_length;
  return Control(Share{static_cast<PasswordKind>(m.kind()), buffer(m.share())});
}

Decoded from(const proto::Response& m) {
  if (m.share().size() != kShare || m.confirm().size() != kConfirm) return bad_length;
  return Control(Response{buffer(m.share()), buffer(m.confirm())});
}

Decoded from(const proto::Confirm& m) {
  if (m.confirm().size() != kConfirm) return bad_length;
  return Control(Confirm{buffer(m.confirm())});
}

/// `Message` has one field `why`, an enum from 1 to `last`.
template <class Message, class Proto>
Decoded from_why(const Proto& m, std::uint32_t last) {
  if (m.why() < 1 || m.why() > last) return bad_value;
  return Control(Message{static_cast<typename Message::Why>(m.why())});
}

Decoded from(const proto::Busy& m) {
  if (m.wait_ms() > kMaxWaitMs) return bad_value;
  return Control(Busy{std::chrono::milliseconds(m.wait_ms())});
}

Decoded from(const proto::Monitors& m) {
  if (static_cast<std::size_t>(m.all_size()) > kMaxMonitors) return bad_length;
  if (m.shown() > static_cast<std::uint32_t>(m.all_size())) return bad_value;
  Monitors monitors{{}, m.shown()};
  const auto place = [](std::uint32_t v) { return v <= kMaxPlace; };
  const auto side = [](std::uint32_t v) { return v >= 1 && v <= kMaxPlace + 1; };
  for (const auto& rect : m.all()) {
    if (!place(rect.x()) || !place(rect.y()) || !side(rect.width()) || !side(rect.height())) return bad_value;
    const auto u16 = [](std::uint32_t v) { return static_cast<std::uint16_t>(v); };
    monitors.all.push_back({u16(rect.x()), u16(rect.y()), u16(rect.width()), u16(rect.height())});
  }
  return Control(std::move(monitors));
}

Decoded from_wanted(std::uint32_t monitor) {
  if (monitor > kMaxMonitors) return bad_value;
  return Control(MonitorWanted{monitor});
}

Decoded from(const proto::ScreenSize& m) {
  const auto side = [](std::uint32_t v) { return v >= kMinScreenSide && v <= kMaxScreenSide; };
  const bool nothing = m.width() == 0 && m.height() == 0;
  if (!nothing && (!side(m.width()) || !side(m.height()))) return bad_value;
  return Control(SizeWanted{static_cast<std::uint16_t>(m.width()), static_cast<std::uint16_t>(m.height())});
}

Decoded from(const proto::Sizing& m) {
  const bool refused = m.state() == static_cast<std::uint32_t>(Sizing::State::refused);
  if (m.state() < 1 || m.state() > 3 || m.why() > 3 || refused != (m.why() != 0)) return bad_value;
  return Control(Sizing{static_cast<Sizing::State>(m.state()), static_cast<Sizing::Why>(m.why())});
}

Decoded from_layout(const std::string& name) {
  if (name.empty() || name.size() > kMaxLayoutName) return bad_length;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!plain) return bad_value;
  return Control(KeyboardLayout{name});
}

}  // namespace

std::string_view name(Sizing::State state) {
  switch (state) {
    case Sizing::State::decides:
      return "decides";
    case Sizing::State::follows:
      return "follows";
    case Sizing::State::refused:
      return "refused";
  }
  return "refused";
}

std::string_view name(Sizing::Why why) {
  switch (why) {
    case Sizing::Why::nothing:
      return "nothing";
    case Sizing::Why::not_allowed:
      return "not-allowed";
    case Sizing::Why::unsupported:
      return "unsupported";
    case Sizing::Why::several_monitors:
      return "several-monitors";
  }
  return "unsupported";
}

Buffer encode(const Control& message) {
  proto::Control out;
  std::visit(ToProto{out}, message);
  Buffer bytes(out.ByteSizeLong());
  out.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Result<Control, MessageError> decode_control(ByteView bytes) {
  proto::Control in;
  if (bytes.size() > kMaxControl) return bad_length;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Failure{MessageError::malformed};
  }
  switch (in.body_case()) {
    case proto::Control::kOffer:
      return from(in.offer());
    case proto::Control::kBusy:
      return from(in.busy());
    case proto::Control::kShare:
      return from(in.share());
    case proto::Control::kResponse:
      return from(in.response());
    case proto::Control::kConfirm:
      return from(in.confirm());
    case proto::Control::kAccepted:
      return Control(Accepted{in.accepted().permissions()});
    case proto::Control::kRefused:
      return from_why<Refused>(in.refused(), 2);
    case proto::Control::kLinkSignal:
      return Control(LinkSignal{buffer(in.link_signal())});
    case proto::Control::kCursorShape:
      return Control(CursorShape{buffer(in.cursor_shape())});
    case proto::Control::kPermissions:
      return Control(PermissionsChanged{in.permissions()});
    case proto::Control::kInputAck:
      return Control(InputAck{in.input_ack().events()});
    case proto::Control::kEnter:
      return Control(Enter{});
    case proto::Control::kSoundWanted:
      return Control(SoundWanted{in.sound_wanted()});
    case proto::Control::kMonitors:
      return from(in.monitors());
    case proto::Control::kMonitorWanted:
      return from_wanted(in.monitor_wanted());
    case proto::Control::kSizeWanted:
      return from(in.size_wanted());
    case proto::Control::kSizing:
      return from(in.sizing());
    case proto::Control::kKeyboardLayout:
      return from_layout(in.keyboard_layout());
    case proto::Control::kVideoCodecs:
      return Control(VideoCodecs{in.video_codecs()});
    case proto::Control::BODY_NOT_SET:
      break;
  }
  return Failure{MessageError::unknown};
}

}  // namespace godesk::session
