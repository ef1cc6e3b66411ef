// One viewer at the host: its session, its inputs, its introduction.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/input_feed.h"
#include "rendezvous/services.h"
#include "session/session.h"

namespace godesk::host {

/// Counts a host's sessions from 1; the `session` of the public contract.
enum class SessionNumber : std::uint32_t {};

struct HostSession {
  /// Where a session comes from: one of the two is set.
  struct Origin {
    std::optional<rendezvous::IntroId> intro;
    std::optional<Endpoint> direct;
    Buffer token{};      // of the introduction, for new relay credentials
    bool known = false;  // the ID server proved a key that logged in before
  };

  HostSession(SessionNumber which, Time now, const Origin& origin,
              std::unique_ptr<session::SecureChannel> channel, session::Gatekeeper& gatekeeper,
              InputSink& sink, Random& random, LogSink& log, session::Limits limits)
      : number(which),
        since(now),
        intro(origin.intro),
        born(origin.intro),
        token(origin.token),
        direct(origin.direct),
        known(origin.known),
        session(std::move(channel), gatekeeper, random, log, limits),
        input(session, sink) {}

  bool is_stranger() const { return !opened && !ended && !known; }

  SessionNumber number;
  Time since;
  std::optional<rendezvous::IntroId> intro;  // while the ID server carries our signals
  std::optional<rendezvous::IntroId> born;   // the introduction it came from, and comes back by
  Buffer token;                              // of the last credentials
  Buffer signal;                             // the last one that the session itself could not carry
  std::string layout;                        // of the keyboard, the last one told
  std::optional<Endpoint> direct;            // who called this address of ours
  bool known;
  session::Session session;
  InputFeed input;
  crypto::PublicKey peer;
  std::optional<link::PathInfo> path;  // the last one told
  bool opened = false;                 // logged in
  bool pathless = false;               // every path was lost
  bool ended = false;
};

}  // namespace godesk::host
