// What a session carried, by what it was: for the session figures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace godesk::session {

enum class Content : std::uint8_t {
  control,    // login, link signals, pointer shapes, acknowledgements
  input,      // keys, buttons, wheel
  screen,     // updates
  clipboard,  // offers and contents
  pointer,    // moves of either pointer
  sound,      // packets of sound
};
inline constexpr std::size_t kContents = 6;
inline constexpr std::array<Content, kContents> kAllContents = {
    Content::screen, Content::sound, Content::clipboard, Content::input, Content::pointer, Content::control};
/// Also the word of events.
constexpr std::string_view name(Content content) {
  constexpr std::string_view kNames[] = {"control", "input", "screen", "clipboard", "pointer", "sound"};
  return kNames[static_cast<std::size_t>(content)];
}

/// Bytes above QUIC, counted when they were written and when they came.
struct Traffic {
  std::array<std::uint64_t, kContents> sent{}, received{};

  void add_sent(Content content, std::size_t bytes) { sent[static_cast<std::size_t>(content)] += bytes; }
  void add_received(Content content, std::size_t bytes) {
    received[static_cast<std::size_t>(content)] += bytes;
  }
  std::uint64_t got(Content content) const { return received[static_cast<std::size_t>(content)]; }
};

}  // namespace godesk::session
