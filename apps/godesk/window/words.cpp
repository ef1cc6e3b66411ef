#include "window/words.h"

#include <cmath>

namespace godesk::app {
namespace {

QString how_words(link::How how) {
  switch (how) {
    case link::How::lan:
      return "Both computers are on one network.";
    case link::How::reflexive:
      return "The routers let the two computers meet.";
    case link::How::ipv6:
      return "Both computers have a public IPv6 address.";
    case link::How::nat64:
      return "IPv4 was reached through this network's NAT64.";
    case link::How::predicted:
      return "The router's next port was predicted.";
    case link::How::birthday:
      return "A way through the router was found by trying many ports.";
    case link::How::peer_reflexive:
      return "The other computer's own packets showed the way.";
    case link::How::direct_ip:
      return "The address was given; no server takes part.";
  }
  return {};
}

QString why_words(link::Why why) {
  switch (why) {
    case link::Why::connecting:
      return "A direct way was not tried yet.";
    case link::Why::login:
      return "Addresses stay private until the password is checked.";
    case link::Why::punching:
      return "A direct way is being looked for.";
    case link::Why::udp_blocked:
      return "This network lets no UDP out.";
    case link::Why::hard_nat:
      return "No direct way was found through the routers.";
    case link::Why::both_symmetric:
      return "Both routers choose a new port for every destination.";
    case link::Why::family:
      return "One side has only IPv6, the other only IPv4.";
    case link::Why::relay_only:
      return "One side asked for the relay only.";
    case link::Why::direct_lost:
      return "The direct way was lost; it is being tried again.";
  }
  return {};
}

}  // namespace

QString path_word(const PathState& state) {
  if (state.lost) return "Reconnecting";
  if (!state.path) return "Connecting";
  return state.path->kind == link::Kind::direct ? "Direct" : "Relay";
}

QString family_word(Family family) { return family == Family::v6 ? "IPv6" : "IPv4"; }

QString transport_word(link::Transport transport) {
  switch (transport) {
    case link::Transport::udp:
      return "UDP";
    case link::Transport::tcp:
      return "TCP";
    case link::Transport::tls:
      return "TLS";
    case link::Transport::websocket:
      return "WebSocket";
    case link::Transport::proxy:
      return "Proxy";
  }
  return {};
}

QString rtt_word(double ms) {
  if (ms <= 0) return {};
  return QString::number(ms, 'f', ms < 10 ? 1 : 0) + " ms";
}

QString rate_words(const SecondFigures& figures) {
  return QString::number(qRound(figures.fps)) + " fps, " + QString::number(figures.kbit_s) + " kbit/s";
}

QStringList figure_lines(const SecondFigures& figures) {
  const auto ms = [](double value) { return QString::number(value, 'f', 1) + " ms"; };
  const auto bytes = [](std::uint64_t n) {
    if (n < 10'000) return QString::number(n) + " B";
    return n < 10'000'000 ? QString::number(n / 1000) + " kB" : QString::number(n / 1'000'000) + " MB";
  };
  const auto row = [](const char* what, const QString& value) {
    constexpr int kColumn = 11;
    return QString::fromUtf8(what).leftJustified(kColumn) + value;
  };
  const QString path = figures.path ? QString::fromUtf8(link::name(*figures.path).data()) : QString("none");
  QStringList lines = {
      rate_words(figures),
      row("path", path + ", " + rtt_word(figures.rtt_ms) + ", loss " +
                      QString::number(figures.loss * 100, 'f', 1) + " %"),
      row("capture", ms(figures.capture_ms)),
      row("encode", ms(figures.encode_ms)),
      row("network", ms(figures.network_ms)),
      row("decode", ms(figures.decode_ms)),
  };
  if (figures.paint_ms) lines << row("paint", ms(*figures.paint_ms));
  if (figures.skew_ms) {
    const bool late = *figures.skew_ms >= 0;
    lines << row("lip-sync", "sound " + ms(std::abs(*figures.skew_ms)) + (late ? " behind" : " ahead"));
  }
  for (const session::Content content : session::kAllContents) {
    const auto n = figures.traffic.got(content);
    if (n > 0) lines << row(session::name(content).data(), bytes(n));
  }
  return lines;
}

QString clipboard_words(bool incoming, quint64 done, quint64 size) {
  constexpr quint64 kWorthTelling = 1'000'000;
  if (size < kWorthTelling || done == size) return {};
  const auto mega = [](quint64 bytes) { return QString::number(static_cast<double>(bytes) / 1e6, 'f', 1); };
  const QString percent = QString::number(100 * done / size) + " %";
  return "Clipboard: " + percent + ", " + mega(done) + " of " + mega(size) + " MB " +
         (incoming ? "received" : "sent");
}

QString path_reason(const link::PathInfo& path) {
  if (path.how) return how_words(*path.how);
  if (path.why) return why_words(*path.why);
  return {};
}

QString target_words(const Target& target) {
  if (auto* id = std::get_if<auth::DeviceId>(&target.where)) return QString::fromStdString(id->grouped());
  return QString::fromStdString(target.name);
}

QString offline_words(rendezvous::Offline why) {
  using O = rendezvous::Offline;
  switch (why) {
    case O::unreachable:
    case O::lost:
    case O::timed_out:
      return "Offline: the ID server cannot be reached. Trying again…";
    case O::untrusted:
      return "Offline: no public authority vouches for the server's certificate. Use its join string.";
    case O::not_the_server:
      return "Offline: this is not the server of your join string, or something on the way opens TLS.";
    case O::identity_in_use:
      return "Offline: another computer is online with this one's key. Give one of them another data folder.";
    case O::refused:
      return "Offline: the ID server takes no more devices now. Trying again…";
    case O::protocol_error:
      return "Offline: the ID server is not understood. Trying again…";
  }
  return "Offline. Trying again…";
}

}  // namespace godesk::app
