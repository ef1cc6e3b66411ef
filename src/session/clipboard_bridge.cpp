#include "session/clipboard_bridge.h"

#include <algorithm>

namespace godesk::session {

void ClipboardBridge::add(Time now, Session& session) {
  peers_.push_back({&session});
  if (start_ == Start::offers) offer(now, peers_.back());
}

void ClipboardBridge::remove(Time now, Session& session) {
  std::erase_if(peers_, [&](const Peer& peer) { return peer.session == &session; });
  std::erase_if(reads_, [&](const Read& read) { return read.session == &session; });
  if (holder_ != &session) return;
  forget_fetched(now);
  holder_ = nullptr;
  desk_.hold(now, {});
}

void ClipboardBridge::on_event(Time now, Session& from, ClipboardEvent event) {
  if (auto* offered = std::get_if<ClipboardOffered>(&event)) {
    on_offered(now, from, *offered);
  } else if (auto* wanted = std::get_if<ClipboardWanted>(&event)) {
    if (holds(here_, wanted->kind)) {
      reads_.push_back({desk_.read(now, wanted->kind), &from, wanted->request});
    } else {
      from.clipboard(now).provide(wanted->request, std::nullopt);
    }
  } else if (auto* arrived = std::get_if<ClipboardArrived>(&event)) {
    on_arrived(now, from, *arrived);
  } else if (auto* lost = std::get_if<ClipboardLost>(&event)) {
    on_lost(now, from, *lost);
  }
}

void ClipboardBridge::work(Time now) {
  while (auto event = desk_.next_event()) std::visit([&](auto& e) { on_desk(now, e); }, *event);
}

void ClipboardBridge::on_offered(Time now, Session& from, const ClipboardOffered& offered) {
  if (!offered.formats.empty() || holder_ == &from) {
    forget_fetched(now);
    holder_ = offered.formats.empty() ? nullptr : &from;
    here_.clear();
    judged_.reset();
    given_text_.reset();
    return desk_.hold(now, offered.formats);
  }
  for (Peer& peer : peers_)
    if (peer.session == &from && !peer.offered) offer(now, peer);
}

void ClipboardBridge::on_arrived(Time now, const Session& from, ClipboardArrived& arrived) {
  const auto of_this = [&](const Paste& paste) { return paste.request == arrived.request; };
  if (holder_ != &from || std::none_of(pastes_.begin(), pastes_.end(), of_this)) return;
  fetched_ = Fetched{arrived.kind, std::move(arrived.content)};
  for (const Paste& paste : pastes_)
    if (of_this(paste)) give(now, paste.paste, *fetched_);
  std::erase_if(pastes_, of_this);
}

void ClipboardBridge::on_lost(Time now, const Session& from, const ClipboardLost& lost) {
  const auto of_this = [&](const Paste& paste) { return paste.request == lost.request; };
  if (holder_ != &from) return;
  for (const Paste& paste : pastes_)
    if (of_this(paste)) desk_.answer(now, paste.paste, nullptr);
  std::erase_if(pastes_, of_this);
}

void ClipboardBridge::on_desk(Time now, const DeskCopied& copied) {
  forget_fetched(now);
  holder_ = nullptr;
  here_ = copied.formats;
  judged_.reset();
  if (given_text_ && holds(here_, ClipboardKind::text)) {
    judged_ = desk_.read(now, ClipboardKind::text);
  } else {
    tell(now);
  }
}

void ClipboardBridge::on_desk(Time now, DeskRead& read) {
  if (judged_ == read.read) {
    judged_.reset();
    if (!read.content || crypto::sha256(*read.content) != *given_text_) tell(now);
    return;
  }
  const auto it =
      std::find_if(reads_.begin(), reads_.end(), [&](const Read& known) { return known.read == read.read; });
  if (it == reads_.end()) return;
  it->session->clipboard(now).provide(it->request, std::move(read.content));
  reads_.erase(it);
}

void ClipboardBridge::on_desk(Time now, const DeskPasted& pasted) {
  if (fetched_ && fetched_->kind == pasted.kind) return give(now, pasted.paste, *fetched_);
  const auto asked = std::find_if(pastes_.begin(), pastes_.end(),
                                  [&](const Paste& paste) { return paste.kind == pasted.kind; });
  std::uint32_t request = asked != pastes_.end() ? asked->request : 0;
  if (request == 0 && holder_) request = holder_->clipboard(now).fetch(pasted.kind);
  if (request == 0) return desk_.answer(now, pasted.paste, nullptr);
  pastes_.push_back({pasted.paste, request, pasted.kind});
}

void ClipboardBridge::tell(Time now) {
  given_text_.reset();
  for (Peer& peer : peers_) offer(now, peer);
}

void ClipboardBridge::offer(Time now, Peer& peer) {
  peer.offered = true;
  peer.session->clipboard(now).offer(here_);
}

void ClipboardBridge::give(Time now, std::uint32_t paste, const Fetched& fetched) {
  if (fetched.kind == ClipboardKind::text) given_text_ = crypto::sha256(fetched.content);
  desk_.answer(now, paste, &fetched.content);
}

/// Whoever still waits for it is answered by nobody else.
void ClipboardBridge::forget_fetched(Time now) {
  for (const Paste& paste : pastes_) desk_.answer(now, paste.paste, nullptr);
  pastes_.clear();
  fetched_.reset();
}

}  // namespace godesk::session
