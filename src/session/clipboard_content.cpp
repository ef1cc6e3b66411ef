#include <algorithm>

#include "session/clipboard_messages.h"

namespace godesk::session {
namespace {

/// How many bytes the code point at the front takes; 0 when it is not strictly valid (RFC 3629 section 4).
std::size_t code_point_size(ByteView text) {
  struct Form {
    std::uint8_t first, last, second_from, second_to;
    std::size_t size;
  };
  static constexpr Form kForms[] = {
      {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  const auto continues = [](std::uint8_t byte) { return (byte & 0xc0) == 0x80; };
  for (const Form& form : kForms) {
    if (text[0] < form.first || text[0] > form.last) continue;
    if (form.size == 1) return 1;
    if (text.size() < form.size || text[1] < form.second_from || text[1] > form.second_to) return 0;
    const ByteView tail = text.subspan(2, form.size - 2);
    return std::all_of(tail.begin(), tail.end(), continues) ? form.size : 0;
  }
  return 0;
}

bool is_utf8(ByteView text) {
  while (!text.empty()) {
    const std::size_t size = code_point_size(text);
    if (size == 0) return false;
    text = text.subspan(size);
  }
  return true;
}

/// Signature, then the IHDR chunk (PNG, W3C, sections 5.2 and 11.2.2).
bool begins_as_png(ByteView content) {
  constexpr std::uint8_t kFront[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
                                     0,    0,   0,   13,  'I',  'H',  'D',  'R'};
  constexpr std::uint32_t kMaxSide = 32767;
  Reader in(content);
  if (!same_bytes(in.take(sizeof kFront), kFront)) return false;
  const std::uint32_t width = in.u32(), height = in.u32();
  const auto fits = [](std::uint32_t side) { return side >= 1 && side <= kMaxSide; };
  return !in.failed() && fits(width) && fits(height);
}

}  // namespace

bool acceptable(ClipboardKind kind, ByteView content) {
  return kind == ClipboardKind::png ? begins_as_png(content) : is_utf8(content);
}

}  // namespace godesk::session
