// Reaches session::decode_clipboard, acceptable and ClipboardExchange::on_message.
#include <algorithm>

#include "session/clipboard_exchange.h"

using namespace godesk;
using namespace godesk::session;

namespace {

constexpr std::size_t kMaxContent = 4096;

/// An end that offers, fetches and provides while the bytes say what its peer says.
struct End {
  ClipboardExchange exchange{{kMaxContent, 64u << 10, 4},
                             [](ClipboardKind k) { return k != ClipboardKind::png; }};

  bool hear(ByteView bytes) {
    auto message = decode_clipboard(bytes);
    if (!message) return true;
    const Buffer once = encode(*message);
    auto again = decode_clipboard(once);
    if (!again || encode(*again) != once) __builtin_trap();
    const bool kept = exchange.on_message(std::move(*message));
    for (int i = 0; i < 64 && exchange.next_message(0); ++i) {
    }
    while (auto event = exchange.next_event()) take(*event);
    return kept;
  }
  void take(const ClipboardEvent& event) {
    if (auto* offered = std::get_if<ClipboardOffered>(&event)) {
      for (const auto& format : offered->formats)
        if (exchange.fetch(format.kind) == 0 && format.kind == ClipboardKind::png) return;
    } else if (auto* wanted = std::get_if<ClipboardWanted>(&event)) {
      exchange.provide(wanted->request, Buffer(wanted->request % (2 * kMaxContent), 'x'));
    } else if (auto* arrived = std::get_if<ClipboardArrived>(&event)) {
      const bool allowed = arrived->content.size() <= kMaxContent && arrived->kind != ClipboardKind::png &&
                           acceptable(arrived->kind, arrived->content);
      if (!allowed) __builtin_trap();
    }
  }
};

}  // namespace

/// Messages, each behind its length in one byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView all(data, size);
  acceptable(ClipboardKind::text, all);
  acceptable(ClipboardKind::png, all);
  End end;
  end.exchange.offer({{ClipboardKind::text}, {ClipboardKind::html}, {ClipboardKind::png}});
  Reader in(all);
  while (!in.empty()) {
    const std::size_t length = in.u8();
    if (!end.hear(in.take(std::min(length, in.left())))) break;
  }
  return 0;
}
