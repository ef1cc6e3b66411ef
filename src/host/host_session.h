// One viewer at the host: its session, its inputs, its introduction.
#pragma once

#include <memory>
#include <optional>

#include "host/input_feed.h"
#include "rendezvous/services.h"
#include "session/session.h"

namespace godesk::host {

/// Counts a host's sessions from 1; the `session` of the public contract.
enum class SessionNumber : std::uint32_t {};

struct HostSession {
  HostSession(SessionNumber which, std::optional<rendezvous::IntroId> introduced_by,
              std::unique_ptr<session::SecureChannel> channel, session::Gatekeeper& gatekeeper,
              InputSink& sink, Random& random, LogSink& log)
      : number(which),
        intro(introduced_by),
        session(std::move(channel), gatekeeper, random, log),
        input(session, sink) {}

  SessionNumber number;
  std::optional<rendezvous::IntroId> intro;  // while the ID server carries our signals
  std::optional<Endpoint> direct;            // who called this address of ours
  session::Session session;
  InputFeed input;
  crypto::PublicKey peer;
  bool opened = false;  // logged in
  bool ended = false;
};

}  // namespace godesk::host
