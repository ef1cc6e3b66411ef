#include "stun/binding_server.h"

#include <algorithm>

namespace godesk::stun {
namespace {

/// What we do not do (SECURITY 6) and what we do not know.
std::vector<Attr> refused_attributes(const Message& request) {
  std::vector<Attr> refused = request.unknown_required();
  for (Attr type : {Attr::response_port, Attr::padding})
    if (request.has(type)) refused.push_back(type);
  return refused;
}

Buffer unknown_attribute(const Message& request, const std::vector<Attr>& types) {
  return Builder(Class::error, Method::binding, request.transaction())
      .error(code::kUnknownAttribute, "")
      .unknown_attributes(types)
      .finish_with_fingerprint();
}

}  // namespace

void BindingServer::add_listener(SocketId socket, const Endpoint& seen_as) {
  listeners_.push_back({socket, seen_as});
}

const BindingServer::Listener* BindingServer::find(SocketId socket) const {
  auto it = std::find_if(listeners_.begin(), listeners_.end(), [&](auto& l) { return l.socket == socket; });
  return it == listeners_.end() ? nullptr : &*it;
}

const BindingServer::Listener* BindingServer::changed(const Listener& from, ChangeRequest change) const {
  if (!change.ip && !change.port) return &from;
  auto fits = [&](const Listener& l) {
    return l.seen_as.family() == from.seen_as.family() && (l.seen_as.ip != from.seen_as.ip) == change.ip &&
           (l.seen_as.port != from.seen_as.port) == change.port;
  };
  auto it = std::find_if(listeners_.begin(), listeners_.end(), fits);
  return it == listeners_.end() ? nullptr : &*it;
}

const BindingServer::Listener* BindingServer::other(const Listener& than, bool asked) const {
  if (const Listener* l = changed(than, {true, true})) return l;
  // A second port alone is less than RFC 5780 6 promises by OTHER-ADDRESS: only who discovers is told of it.
  return asked ? changed(than, {false, true}) : nullptr;
}

std::optional<BindingServer::Answer> BindingServer::answer(Time now, SocketId socket, const Endpoint& from,
                                                           const Message& request) {
  const Listener* here = find(socket);
  if (here == nullptr || !request.is(Class::request, Method::binding)) return std::nullopt;
  if (!limiter_.admit(now, from.ip)) return std::nullopt;

  const auto refused = refused_attributes(request);
  if (!refused.empty()) return Answer{socket, unknown_attribute(request, refused)};
  const Listener* there = changed(*here, request.change_request().value_or(ChangeRequest{}));
  if (there == nullptr) return Answer{socket, unknown_attribute(request, {Attr::change_request})};

  Builder b(Class::success, Method::binding, request.transaction());
  b.mapped(from);
  if (!here->seen_as.ip.is_unspecified()) {
    b.address(Attr::response_origin, there->seen_as);
    const bool asked = request.has(Attr::change_request);
    if (const Listener* l = other(*here, asked)) b.address(Attr::other_address, l->seen_as);
  }
  return Answer{there->socket, b.finish_with_fingerprint()};
}

bool BindingServer::postpone(Time now, SocketId socket, const Endpoint& from, const Message& request) {
  if (!request.is(Class::request, Method::binding)) return false;
  const Duration after = std::chrono::seconds(request.u32(Attr::answer_after).value_or(0));
  if (after <= 0s || after > kLatestAnswer) return false;
  const IpAddress prefix = SourceLimiter::prefix_of(from.ip);
  const auto waiting = late_of_.find(prefix);
  if (late_.size() >= kMaxLate || (waiting != late_of_.end() && waiting->second >= kMaxLatePerPrefix))
    return true;
  auto now_wanted = answer(now, socket, from, request);
  if (!now_wanted) return true;
  ++late_of_[prefix];
  late_.emplace(now + after, Late{now_wanted->from, from, std::move(now_wanted->bytes)});
  return true;
}

std::vector<BindingServer::Late> BindingServer::take_due(Time now) {
  std::vector<Late> due;
  while (!late_.empty() && late_.begin()->first <= now) {
    due.push_back(std::move(late_.extract(late_.begin()).mapped()));
    const auto of = late_of_.find(SourceLimiter::prefix_of(due.back().to.ip));
    if (--of->second == 0) late_of_.erase(of);
  }
  return due;
}

std::optional<Buffer> BindingServer::answer_stream(const Endpoint& from, const Message& request) {
  if (!request.is(Class::request, Method::binding)) return std::nullopt;
  auto refused = refused_attributes(request);
  if (request.has(Attr::change_request)) refused.push_back(Attr::change_request);
  if (!refused.empty()) return unknown_attribute(request, refused);
  return Builder(Class::success, Method::binding, request.transaction())
      .mapped(from)
      .finish_with_fingerprint();
}

}  // namespace godesk::stun
