// The clipboard of an X11 desktop: the selection CLIPBOARD (ICCCM 2, and XFixes for its changes).
//
//   1. XFixes reports a new owner; it is asked for its TARGETS, and DeskCopied tells which of them we know.
//   2. read(): ConvertSelection, in increments (INCR) where the owner gives them (clipboard_x11_reader.h).
//   3. hold(): we become the owner, at a time stamp of the server. Requests for contents are told as
//      DeskPasted and answered when they are there, in increments where they are large
//      (clipboard_x11_owner.h).
//
// It runs on an X connection of its own, in whatever thread pumps it: nothing of a desktop's own clipboard
// calls, which block until the content is there. It never reads what it holds itself, never waits, bounds
// what an owner gives, and gives up on programs that do not answer.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "os/x11_display.h"
#include "session/desk_clipboard.h"

namespace godesk::os {

struct ClipboardX11Config {
  std::size_t max_content = 64u << 20;  // bytes of one content
  Duration patience = 10s;              // with a program that does not answer, or reads no further
};

class ClipboardX11 final : public session::DeskClipboard {
 public:
  /// `display` as ":9"; empty means $DISPLAY. The failure is a sentence for the user.
  static Result<std::unique_ptr<ClipboardX11>, std::string> open(const std::string& display,
                                                                 ClipboardX11Config config = {});
  ~ClipboardX11() override;

  /// -1 once the server is gone.
  int fd() const override;
  void work(Time now) override;
  Time next_deadline() const override;
  std::optional<session::DeskEvent> next_event() override;
  void hold(Time now, const session::ClipboardFormats& formats) override;
  std::uint32_t read(Time now, session::ClipboardKind kind) override;
  void answer(Time now, std::uint32_t paste, const Buffer* content) override;

 private:
  class State;
  explicit ClipboardX11(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The same, where a session goes on without: nothing, and a warning that says why.
std::unique_ptr<session::DeskClipboard> open_clipboard(const std::string& display, LogSink& log,
                                                       ClipboardX11Config config = {});

}  // namespace godesk::os
