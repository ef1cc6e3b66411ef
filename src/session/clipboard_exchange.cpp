#include "session/clipboard_exchange.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::session {
namespace {

using Why = ClipboardFailed::Why;

constexpr std::size_t kMaxAnswers = 64;  // refusals that a peer lets lie unread

bool newer(std::uint32_t serial, std::uint32_t last) { return static_cast<std::int32_t>(serial - last) > 0; }

}  // namespace

ClipboardExchange::ClipboardExchange(ClipboardLimits limits, std::function<bool(ClipboardKind)> may)
    : limits_(limits), may_(std::move(may)) {}

void ClipboardExchange::offer(ClipboardFormats formats) {
  own_ = std::move(formats);
  ++own_serial_;
  offer_due_ = true;
  // What was read already is still what was asked for.
  fail_all([](const Serving& s) { return !s.content; }, Why::gone);
}

std::uint32_t ClipboardExchange::fetch(ClipboardKind kind) {
  if (!is_offered(kind) || fetching_.size() >= limits_.max_waiting) return 0;
  if (++last_request_ == 0) ++last_request_;
  fetching_.push_back({last_request_, kind});
  out_.push_back(ClipboardFetch{last_request_, peers_serial_, kind});
  return last_request_;
}

void ClipboardExchange::cancel(std::uint32_t request) {
  for (Fetching& fetching : fetching_)
    if (fetching.request == request) give_up(fetching, Why::cancelled);
}

void ClipboardExchange::provide(std::uint32_t request, std::optional<Buffer> content) {
  if (serving_.empty() || serving_.front().request != request || serving_.front().content) return;
  Serving& serving = serving_.front();
  const bool fits = content && content->size() <= limits_.max_content;
  if (fits && may_(serving.kind)) {
    serving.content = std::move(content);
    return;
  }
  fail(request, !content ? Why::gone : fits ? Why::refused : Why::too_large);
  serving_.pop_front();
  ask_next();
}

void ClipboardExchange::on_permissions() {
  offer_due_ = own_serial_ > 0;
  for (Fetching& fetching : fetching_)
    if (!may_(fetching.kind)) give_up(fetching, Why::refused);
  fail_all([this](const Serving& s) { return !may_(s.kind); }, Why::refused);
  ask_next();
}

bool ClipboardExchange::on_message(ClipboardMessage message) {
  return std::visit([this](auto& m) { return on(m); }, message);
}

std::optional<ClipboardMessage> ClipboardExchange::next_message(std::size_t unsent, std::size_t piece) {
  if (unsent >= limits_.ahead) return std::nullopt;
  if (std::exchange(offer_due_, false)) return ClipboardOffer{own_serial_, allowed(own_)};
  if (auto message = pop(out_)) return message;
  return next_piece(piece);
}

std::optional<ClipboardEvent> ClipboardExchange::next_event() { return pop(events_); }

bool ClipboardExchange::on(const ClipboardOffer& offer) {
  // The same serial again: the permissions changed.
  if (peers_serial_ != 0 && offer.serial != peers_serial_ && !newer(offer.serial, peers_serial_))
    return false;
  peers_serial_ = offer.serial;
  peers_ = allowed(offer.formats);
  events_.push_back(ClipboardOffered{peers_});
  return true;
}

bool ClipboardExchange::on(const ClipboardFetch& fetch) {
  if (serving_.size() >= limits_.max_waiting || out_.size() >= kMaxAnswers) return false;
  const bool known = fetch.serial == own_serial_ && holds(own_, fetch.kind);
  if (!may_(fetch.kind)) return fail(fetch.request, Why::refused), true;
  if (!known) return fail(fetch.request, Why::gone), true;
  serving_.push_back({fetch.request, fetch.serial, fetch.kind});
  ask_next();
  return true;
}

bool ClipboardExchange::on(ClipboardPiece& piece) {
  if (fetching_.empty() || fetching_.front().request != piece.request) return false;
  Fetching& fetching = fetching_.front();
  if (fetching.got > 0 && piece.size != fetching.size) return false;
  if (piece.bytes.size() > piece.size - fetching.got) return false;
  fetching.size = piece.size;
  fetching.got += piece.bytes.size();
  if (!may_(fetching.kind)) give_up(fetching, Why::refused);
  if (fetching.size > limits_.max_content) give_up(fetching, Why::too_large);
  if (!fetching.given_up) {
    append(fetching.content, piece.bytes);
    events_.push_back(ClipboardProgress{fetching.kind, true, fetching.got, fetching.size});
  }
  if (fetching.got == fetching.size) finish_fetch();
  return true;
}

bool ClipboardExchange::on(const ClipboardFailed& failed) {
  // Those that wait may be answered out of turn, since nothing of them came.
  const auto it = std::find_if(fetching_.begin(), fetching_.end(),
                               [&](const Fetching& f) { return f.request == failed.request; });
  if (it == fetching_.end()) return false;
  events_.push_back(ClipboardLost{it->request, it->kind, it->given_up ? it->why : failed.why});
  fetching_.erase(it);
  return true;
}

bool ClipboardExchange::on(const ClipboardCancel& cancel) {
  const auto it = std::find_if(serving_.begin(), serving_.end(),
                               [&](const Serving& s) { return s.request == cancel.request; });
  if (it == serving_.end()) return true;  // all of it is under way
  fail(it->request, Why::cancelled);
  serving_.erase(it);
  ask_next();
  return true;
}

void ClipboardExchange::ask_next() {
  if (serving_.empty() || std::exchange(serving_.front().asked, true)) return;
  events_.push_back(ClipboardWanted{serving_.front().request, serving_.front().kind});
}

void ClipboardExchange::fail(std::uint32_t request, Why why) {
  out_.push_back(ClipboardFailed{request, why});
}

void ClipboardExchange::fail_all(const std::function<bool(const Serving&)>& which, Why why) {
  std::erase_if(serving_, [&](const Serving& serving) {
    if (!which(serving)) return false;
    fail(serving.request, why);
    return true;
  });
}

void ClipboardExchange::give_up(Fetching& fetching, Why why) {
  if (std::exchange(fetching.given_up, true)) return;
  fetching.why = why;
  fetching.content = {};
  out_.push_back(ClipboardCancel{fetching.request});
}

void ClipboardExchange::finish_fetch() {
  Fetching& done = fetching_.front();
  if (!done.given_up && !acceptable(done.kind, done.content)) done.why = Why::malformed;
  if (done.given_up || done.why == Why::malformed) {
    events_.push_back(ClipboardLost{done.request, done.kind, done.why});
  } else {
    events_.push_back(ClipboardArrived{done.request, done.kind, std::move(done.content)});
  }
  fetching_.pop_front();
}

bool ClipboardExchange::is_offered(ClipboardKind kind) const { return may_(kind) && holds(peers_, kind); }

ClipboardFormats ClipboardExchange::allowed(const ClipboardFormats& formats) const {
  ClipboardFormats result;
  std::copy_if(formats.begin(), formats.end(), std::back_inserter(result),
               [this](const ClipboardFormat& f) { return may_(f.kind); });
  return result;
}

std::optional<ClipboardMessage> ClipboardExchange::next_piece(std::size_t most) {
  if (serving_.empty() || !serving_.front().content) return std::nullopt;
  Serving& serving = serving_.front();
  const ByteView left = ByteView(*serving.content).subspan(serving.sent);
  const ByteView bytes = left.first(std::min({left.size(), most, kMaxClipboardPiece}));
  serving.sent += bytes.size();
  ClipboardPiece piece{serving.request, serving.content->size(), to_buffer(bytes)};
  events_.push_back(ClipboardProgress{serving.kind, false, serving.sent, serving.content->size()});
  if (serving.sent == serving.content->size()) {
    serving_.pop_front();
    ask_next();
  }
  return piece;
}

}  // namespace godesk::session
