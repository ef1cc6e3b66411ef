// The clipboard of the desktop here, whatever the window system: X11 today (os/clipboard_x11.h).
//
//   1. The event loop waits until fd() is readable or next_deadline() is there, then calls work().
//   2. next_event(): DeskCopied when some program here copied; DeskRead answers read(); DeskPasted when some
//      program here wants what we hold for others, to be answered by answer().
//   3. hold(): from now on the clipboard here is ours, with these formats, until another program copies.
//
// It never tells of what we hold ourselves: nothing comes back as news to where it came from.
#pragma once

#include <optional>
#include <variant>

#include "base/time.h"
#include "session/clipboard_messages.h"

namespace godesk::session {

/// Some program here holds the clipboard now, with these formats; none: it is empty.
struct DeskCopied {
  ClipboardFormats formats;
};
/// Nothing: it could not be had, or was larger than allowed.
struct DeskRead {
  std::uint32_t read = 0;
  std::optional<Buffer> content;
};
struct DeskPasted {
  std::uint32_t paste = 0;
  ClipboardKind kind{};
};
using DeskEvent = std::variant<DeskCopied, DeskRead, DeskPasted>;

class DeskClipboard {
 public:
  virtual ~DeskClipboard() = default;

  /// To be watched for reading; -1 when there is nothing to watch.
  virtual int fd() const = 0;
  /// Takes in what arrived and what is due.
  virtual void work(Time now) = 0;
  virtual Time next_deadline() const = 0;
  virtual std::optional<DeskEvent> next_event() = 0;

  /// No formats: what we hold is given up.
  virtual void hold(Time now, const ClipboardFormats& formats) = 0;
  /// Asks for what a program here holds: DeskRead follows, whatever happens.
  virtual std::uint32_t read(Time now, ClipboardKind kind) = 0;
  /// Answers DeskPasted; nothing: it cannot be had.
  virtual void answer(Time now, std::uint32_t paste, const Buffer* content) = 0;
};

}  // namespace godesk::session
