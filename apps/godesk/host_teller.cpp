#include "host_teller.h"

#include "exit_codes.h"

namespace godesk::app {
namespace {

/// One line of the contract for each event of the host.
struct Teller {
  EventWriter& out;
  HostProcess& process;
  Time now;

  void operator()(const host::Ready& e) const {
    Json fields = Json::object();
    std::string plain = "Ready.";
    if (e.id) {
      fields["id"] = e.id->to_string();
      plain += " ID: " + e.id->grouped() + ".";
    }
    const std::string password = process.host().shown_password();
    fields["password"] = password;
    if (const auto display = process.virtual_name(); !display.empty()) {
      fields["display"] = display;
      plain += " Virtual display: " + display + ".";
    }
    out.write(now, "ready", fields, plain + " One-time password: " + password);
  }
  void operator()(const host::DirectIpFailed& e) const {
    throw Stop(Exit::usage, "UDP port " + std::to_string(e.port) + " cannot be bound (" + e.why +
                                "): give another one with --direct-ip PORT.");
  }
  void operator()(const host::PasswordChanged& e) const {
    out.write(now, "password", {{"password", e.shown}}, "New one-time password: " + e.shown);
  }
  void operator()(const host::WentOffline& e) const {
    const std::string why(rendezvous::to_string(e.why));
    out.write(now, "offline", {{"why", why}}, "Offline (" + why + "), trying again.");
  }
  void operator()(const host::WentOnline&) const { out.write(now, "online", Json::object(), "Online."); }
  void operator()(const host::ServerProved&) const {}
  void operator()(const host::SessionOpened& e) const {
    const std::string peer = auth::fingerprint(e.peer);
    out.write(now, "session", {{"session", static_cast<int>(e.session)}, {"state", "opened"}, {"peer", peer}},
              "Session opened by " + peer + ".");
  }
  void operator()(const host::SessionClosed& e) const {
    const std::string peer = auth::fingerprint(e.peer);
    out.write(now, "session",
              {{"session", static_cast<int>(e.session)},
               {"state", "closed"},
               {"peer", peer},
               {"reason", session::name(e.reason)}},
              "Session closed (" + std::string(session::name(e.reason)) + ").");
  }
  void operator()(const host::SessionPath& e) const {
    Json fields = {{"session", static_cast<int>(e.session)}};
    fields.update(path_fields(e.path));
    out.write(now, "path", fields, "Session path: " + path_line(e.path));
  }
};

}  // namespace

void tell(EventWriter& out, HostProcess& process, Time now, const host::HostEvent& event) {
  std::visit(Teller{out, process, now}, event);
}

void tell_figures(EventWriter& out, HostProcess& process, Time now) {
  for (const auto& [number, session] : process.host().sessions()) {
    const quic::Stats stats = session->channel().stats();
    out.write(now, "stats",
              {{"session", static_cast<int>(number)},
               {"rtt_ms", ms(stats.smoothed_rtt)},
               {"bytes", stats.bytes_sent},
               {"kbit_s", stats.delivery_rate.n / 1000}});
  }
  out.flush();
}

}  // namespace godesk::app
