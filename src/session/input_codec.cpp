#include <session.pb.h>

#include "session/messages.h"

namespace godesk::session {
namespace {

constexpr std::uint32_t kMaxCoordinate = 16383;
constexpr std::uint32_t kMaxKeysym = 0x1fffffff;
constexpr std::int32_t kMaxWheel = 120 * 100;
constexpr std::uint32_t kMaxCode = 247;  // what an X server can press: 255, less the 8 that it counts more

struct ToProto {
  proto::Input& out;

  void operator()(const Key& m) const {
    out.mutable_key()->set_keysym(m.keysym);
    out.mutable_key()->set_down(m.down);
  }
  void operator()(const Button& m) const {
    auto* button = out.mutable_button();
    button->set_number(m.number);
    button->set_down(m.down);
    button->set_x(m.x);
    button->set_y(m.y);
    button->set_here(m.here);
  }
  void operator()(const Wheel& m) const {
    auto* wheel = out.mutable_wheel();
    wheel->set_dx(m.dx);
    wheel->set_dy(m.dy);
    wheel->set_x(m.x);
    wheel->set_y(m.y);
    wheel->set_here(m.here);
  }
  void operator()(const Character& m) const { out.set_character(m.code_point); }
  void operator()(const ReleaseAll&) const { out.set_release_all(true); }
  void operator()(const PhysicalKey& m) const {
    out.mutable_physical_key()->set_code(m.code);
    out.mutable_physical_key()->set_down(m.down);
  }
  void operator()(const Motion& m) const {
    out.mutable_motion()->set_dx(m.dx);
    out.mutable_motion()->set_dy(m.dy);
  }
};

constexpr Failure<MessageError> bad_value{MessageError::bad_value};

template <class Proto>
bool on_screen(const Proto& m) {
  return m.x() <= kMaxCoordinate && m.y() <= kMaxCoordinate;
}

template <class Proto>
bool within(const Proto& m, std::int32_t most) {
  return m.dx() >= -most && m.dx() <= most && m.dy() >= -most && m.dy() <= most;
}

Result<Input, MessageError> from(const proto::Key& m) {
  if (m.keysym() == 0 || m.keysym() > kMaxKeysym) return bad_value;
  return Input(Key{m.keysym(), m.down()});
}

Result<Input, MessageError> from(const proto::Button& m) {
  bool known = (m.number() >= 1 && m.number() <= 3) || m.number() == 8 || m.number() == 9;
  if (!known || !on_screen(m)) return bad_value;
  return Input(Button{static_cast<std::uint8_t>(m.number()), m.down(), static_cast<std::uint16_t>(m.x()),
                      static_cast<std::uint16_t>(m.y()), m.here()});
}

Result<Input, MessageError> from(const proto::Wheel& m) {
  if (!within(m, kMaxWheel) || !on_screen(m)) return bad_value;
  return Input(Wheel{static_cast<std::int16_t>(m.dx()), static_cast<std::int16_t>(m.dy()),
                     static_cast<std::uint16_t>(m.x()), static_cast<std::uint16_t>(m.y()), m.here()});
}

Result<Input, MessageError> from(const proto::PhysicalKey& m) {
  if (m.code() == 0 || m.code() > kMaxCode) return bad_value;
  return Input(PhysicalKey{static_cast<std::uint16_t>(m.code()), m.down()});
}

Result<Input, MessageError> from(const proto::Motion& m) {
  if (!within(m, kMaxMotion)) return bad_value;
  return Input(Motion{static_cast<std::int16_t>(m.dx()), static_cast<std::int16_t>(m.dy())});
}

Result<Input, MessageError> from_character(std::uint32_t c) {
  bool surrogate = c >= 0xd800 && c < 0xe000;
  if (c == 0 || c > 0x10ffff || surrogate) return bad_value;
  return Input(Character{static_cast<char32_t>(c)});
}

}  // namespace

Buffer encode(const Input& message) {
  proto::Input out;
  std::visit(ToProto{out}, message);
  Buffer bytes(out.ByteSizeLong());
  out.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Result<Input, MessageError> decode_input(ByteView bytes) {
  if (bytes.size() > kMaxInput) return Failure{MessageError::bad_length};
  proto::Input in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Failure{MessageError::malformed};
  }
  switch (in.body_case()) {
    case proto::Input::kKey:
      return from(in.key());
    case proto::Input::kButton:
      return from(in.button());
    case proto::Input::kWheel:
      return from(in.wheel());
    case proto::Input::kCharacter:
      return from_character(in.character());
    case proto::Input::kReleaseAll:
      return Input(ReleaseAll{});
    case proto::Input::kPhysicalKey:
      return from(in.physical_key());
    case proto::Input::kMotion:
      return from(in.motion());
    case proto::Input::BODY_NOT_SET:
      break;
  }
  return Failure{MessageError::unknown};
}

}  // namespace godesk::session
