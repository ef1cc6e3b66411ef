// One session's clipboard traffic: what either side offers, and contents that are asked for, in pieces.
//
//   1. offer(): the desktop here holds these formats now. The peer hears of those that the session may
//      exchange, and gets nothing else.
//   2. The peer's offer comes as ClipboardOffered. fetch() asks for one kind of it; ClipboardArrived or
//      ClipboardLost answers, ClipboardProgress tells how far it is.
//   3. The peer fetches: ClipboardWanted, to be answered by provide(). One content is worked on at a time, so
//      that is all that this side ever holds of its own; the others wait, unread.
//   4. next_message() gives what may go on the stream now: pieces only while little is unsent, so that
//      nothing else of the session waits behind them.
// Each effect asks `may` again: what is no longer allowed is dropped wherever it is.
//
// Never: sends content that nobody asked for, holds more than `max_content` of what comes, or looks into a
// content further than to see that it is of its kind.
#pragma once

#include <deque>
#include <functional>

#include "session/clipboard_messages.h"

namespace godesk::session {

struct ClipboardLimits {
  std::size_t max_content = 64u << 20;  // bytes of one content, either way
  std::size_t ahead = 64u << 10;        // bytes of the stream that may wait to be sent
  std::size_t max_waiting = 8;          // fetches, each way
};

// ---- events

struct ClipboardOffered {
  ClipboardFormats formats;
};
/// To be answered by provide().
struct ClipboardWanted {
  std::uint32_t request = 0;
  ClipboardKind kind{};
};
/// Of what comes (`incoming`) or goes.
struct ClipboardProgress {
  ClipboardKind kind{};
  bool incoming = false;
  std::uint64_t done = 0, size = 0;  // bytes
};
struct ClipboardArrived {
  std::uint32_t request = 0;
  ClipboardKind kind{};
  Buffer content;
};
struct ClipboardLost {
  std::uint32_t request = 0;
  ClipboardKind kind{};
  ClipboardFailed::Why why{};
};
using ClipboardEvent =
    std::variant<ClipboardOffered, ClipboardWanted, ClipboardProgress, ClipboardArrived, ClipboardLost>;

class ClipboardExchange {
 public:
  /// `may` says whether this session may exchange that kind now.
  ClipboardExchange(ClipboardLimits limits, std::function<bool(ClipboardKind)> may);

  void offer(ClipboardFormats formats);
  /// 0: nothing such is offered, or too much is asked for already.
  std::uint32_t fetch(ClipboardKind kind);
  /// ClipboardLost follows, once the peer agrees.
  void cancel(std::uint32_t request);
  /// Answers ClipboardWanted; nothing: the content is gone. Unknown requests were given up meanwhile.
  void provide(std::uint32_t request, std::optional<Buffer> content);
  /// `may` has other answers now.
  void on_permissions();

  /// False: no peer that keeps to the protocol says this.
  bool on_message(ClipboardMessage message);
  /// The next message for the stream, of which `unsent` bytes still wait; of a content at most `piece` bytes.
  std::optional<ClipboardMessage> next_message(std::size_t unsent, std::size_t piece = kMaxClipboardPiece);
  std::optional<ClipboardEvent> next_event();

 private:
  struct Serving {
    std::uint32_t request = 0, serial = 0;
    ClipboardKind kind{};
    bool asked = false;  // ClipboardWanted was told
    std::optional<Buffer> content{};
    std::size_t sent = 0;
  };
  struct Fetching {
    std::uint32_t request = 0;
    ClipboardKind kind{};
    bool given_up = false;  // what still comes is thrown away
    ClipboardFailed::Why why{};
    std::uint64_t size = 0, got = 0;
    Buffer content{};
  };

  bool on(const ClipboardOffer& offer);
  bool on(const ClipboardFetch& fetch);
  bool on(ClipboardPiece& piece);
  bool on(const ClipboardFailed& failed);
  bool on(const ClipboardCancel& cancel);
  void ask_next();
  void fail(std::uint32_t request, ClipboardFailed::Why why);
  void fail_all(const std::function<bool(const Serving&)>& which, ClipboardFailed::Why why);
  void give_up(Fetching& fetching, ClipboardFailed::Why why);
  void finish_fetch();
  bool is_offered(ClipboardKind kind) const;
  ClipboardFormats allowed(const ClipboardFormats& formats) const;
  std::optional<ClipboardMessage> next_piece(std::size_t most);

  ClipboardLimits limits_;
  std::function<bool(ClipboardKind)> may_;
  ClipboardFormats own_, peers_;
  std::uint32_t own_serial_ = 0, peers_serial_ = 0, last_request_ = 0;
  bool offer_due_ = false;
  std::deque<ClipboardMessage> out_;
  std::deque<Serving> serving_;    // the peer's fetches; the first is worked on
  std::deque<Fetching> fetching_;  // ours; the first is being answered
  std::deque<ClipboardEvent> events_;
};

}  // namespace godesk::session
