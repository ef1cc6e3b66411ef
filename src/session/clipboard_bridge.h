// Joins the clipboard of the desktop here with those of the sessions' peers.
//
//   1. A program here copies: every session is offered the formats.
//   2. A peer offers: the clipboard here is held on its behalf. A program here pastes: the content is
//      fetched, given, and kept until the next offer, so that a second paste costs nothing.
//   3. A peer fetches: the content is read from the program here that holds it.
//   4. A program here that takes the clipboard with the very text it was just given (a clipboard manager) has
//      copied nothing: the peers do not hear of it.
// At the start the caller's side offers what it has; the host's side does so only when the caller has
// nothing, or at its next change: who connects keeps what he copied.
//
// What one viewer offers is not offered to others: they are other people.
// Never: fetches or reads before somebody pastes, with the exception of 4, which stays on this machine.
#pragma once

#include <vector>

#include "crypto/hash.h"
#include "session/clipboard_exchange.h"
#include "session/desk_clipboard.h"
#include "session/session.h"

namespace godesk::session {

class ClipboardBridge {
 public:
  enum class Start {
    offers,  // what is here (the caller)
    waits,   // for the peer's first offer (the host)
  };
  /// `desk` must outlive the bridge.
  ClipboardBridge(DeskClipboard& desk, Start start) : desk_(desk), start_(start) {}

  /// `session` was admitted; it must stay until it is removed.
  void add(Time now, Session& session);
  void remove(Time now, Session& session);
  void on_event(Time now, Session& from, ClipboardEvent event);
  /// What the desktop has to say. To be called after anything that happened.
  void work(Time now);

 private:
  struct Peer {
    Session* session = nullptr;
    bool offered = false;  // it heard of the clipboard here
  };
  struct Read {
    std::uint32_t read = 0;
    Session* session = nullptr;
    std::uint32_t request = 0;
  };
  struct Paste {
    std::uint32_t paste = 0, request = 0;
    ClipboardKind kind{};
  };
  struct Fetched {
    ClipboardKind kind{};
    Buffer content;
  };

  void on_offered(Time now, Session& from, const ClipboardOffered& offered);
  void on_arrived(Time now, const Session& from, ClipboardArrived& arrived);
  void on_lost(Time now, const Session& from, const ClipboardLost& lost);
  void on_desk(Time now, const DeskCopied& copied);
  void on_desk(Time now, DeskRead& read);
  void on_desk(Time now, const DeskPasted& pasted);
  void tell(Time now);
  void offer(Time now, Peer& peer);
  void give(Time now, std::uint32_t paste, const Fetched& fetched);
  void forget_fetched(Time now);

  DeskClipboard& desk_;
  Start start_;
  std::vector<Peer> peers_;
  ClipboardFormats here_;                       // what a program here holds
  Session* holder_ = nullptr;                   // on whose behalf the clipboard here is ours
  std::vector<Read> reads_;                     // for peers
  std::vector<Paste> pastes_;                   // by programs here, not answered yet
  std::optional<Fetched> fetched_;              // of the holder's offer
  std::optional<crypto::Digest32> given_text_;  // the last one that a program here got from a peer
  std::optional<std::uint32_t> judged_;         // the read that says whether it comes back
};

}  // namespace godesk::session
