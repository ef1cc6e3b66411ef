// What the user asked for: command line first, configuration file for what it leaves open.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "link/link.h"
#include "rendezvous/join.h"
#include "session/clipboard_exchange.h"
#include "session/messages.h"

namespace godesk::app {

struct Common {
  std::optional<rendezvous::Join> server;
  std::vector<link::RelayServer> own_relays;  // credentials filled in
  bool relay_only = false;
  std::string data_dir;
  std::string config_file;
  session::ClipboardLimits clipboard;
  bool json = false;
  int verbosity = 0;
};

struct HostOptions {
  std::string display;        // empty: $DISPLAY
  std::string virtual_size;   // not empty: a display of our own, of that size
  std::string password_file;  // empty: no unattended password
  std::optional<std::uint16_t> direct_ip;
  bool no_clipboard = false;
  bool no_sound = false;
  bool no_resize = false;
};

struct ConnectOptions {
  std::string target;
  std::string password_file;  // "-": standard input
  bool no_password = false;   // this device's key alone
  bool headless = false;
  bool full_screen = false;
  bool keys_by_place = false;
  std::optional<std::chrono::milliseconds> duration;  // from first_frame
  std::string screenshot;
  std::string type;
  std::uint32_t monitor = 0;        // counted from 1; 0: the whole screen
  bool each_monitor = false;        // in a window of its own
  session::SizeWanted remote_size;  // 0 × 0: the host's own
  bool remote_follows = false;      // the remote screen has the window's size
  bool sound = false;               // headless: play it
  bool no_sound = false;            // the window: do not
  bool no_clipboard = false;
  std::string clipboard_display;  // headless: whose clipboard is shared; empty: nobody's
};

enum class ConfigAction {
  forget,      // the pinned key of a host
  key,         // prints this device's own
  authorise,   // lets a key in without password
  revoke,      // takes that back
  authorised,  // lists them
};

struct ConfigOptions {
  ConfigAction action{};
  std::string subject;  // a target, or a device key
  std::string permissions = "view,input,clipboard,files,sound,resize";
  std::string name;
  int days = 90;  // 0: until revoked
};

enum class Command { window, host, connect, ping, netcheck, config, help };

struct Options {
  Command command = Command::window;
  Common common;
  HostOptions host;
  ConnectOptions connect;
  ConfigOptions config;
  std::string text;  // of help or version
};

/// Throws Stop{usage} for what is not understood.
Options parse_options(int argc, char** argv);

inline constexpr std::uint16_t kDirectIpPort = 21118;

}  // namespace godesk::app
