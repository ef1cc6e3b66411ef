#include "options.h"

#include <algorithm>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <toml++/toml.h>

#include "auth/tickets.h"
#include "exit_codes.h"
#include "link/relay_url.h"
#include "media/video.h"
#include "os/clock.h"
#include "os/files.h"
#include "os/random.h"

namespace godesk::app {
namespace {

/// As typed or configured, before it is judged.
struct Raw {
  std::string server, config, relay_server, relay_user, relay_secret_file, direct_ip;
  bool relay_only = false;
  std::string seconds, monitor, remote_size;
  std::int64_t max_clipboard = static_cast<std::int64_t>(session::ClipboardLimits{}.max_content);
};

void add_common(CLI::App& app, Raw& raw, Common& common) {
  app.add_option("--server", raw.server, "join string (godesk://…) or HOST[:PORT] of the ID server");
  app.add_option("--relay-server", raw.relay_server,
                 "turn: or turns: URI; nothing else carries relayed traffic");
  app.add_option("--relay-user", raw.relay_user, "NAME:PASSWORD on that relay");
  app.add_option("--relay-secret-file", raw.relay_secret_file, "file with that relay's shared secret");
  app.add_flag("--relay-only", raw.relay_only, "never connect directly");
  app.add_option("--data-dir", common.data_dir, "where keys and pins are kept");
  app.add_option("--config", raw.config, "configuration file (TOML)");
  app.add_flag("--json", common.json, "one JSON object a line on standard output");
  app.add_flag("-v", common.verbosity, "say more on standard error; twice: even more");
}

template <class T>
void fill(const toml::table& file, const char* key,
          std::optional<T> (*read)(const toml::node_view<const toml::node>&), T& into, bool given) {
  auto node = file[key];
  if (given || !node) return;
  auto value = read(node);
  if (!value)
    throw Stop(Exit::usage,
               std::string("The value of '") + key + "' in the configuration has the wrong type.");
  into = *value;
}

std::optional<std::string> text(const toml::node_view<const toml::node>& n) {
  return n.value_exact<std::string>();
}
std::optional<bool> truth(const toml::node_view<const toml::node>& n) { return n.value_exact<bool>(); }

std::optional<std::int64_t> number(const toml::node_view<const toml::node>& n) {
  return n.value_exact<std::int64_t>();
}

void check_keys(const toml::table& file, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : file) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      throw Stop(Exit::usage, "The configuration has an unknown key '" + std::string(key.str()) + "'.");
  }
}

void read_direct_ip(const toml::table& file, Raw& raw) {
  if (!file.contains("direct-ip")) return;
  const auto* section = file["direct-ip"].as_table();
  if (!section) throw Stop(Exit::usage, "'direct-ip' in the configuration is a table: [direct-ip].");
  check_keys(*section, {"enabled", "port"});
  bool enabled = false;
  std::int64_t port = kDirectIpPort;
  fill<bool>(*section, "enabled", truth, enabled, false);
  fill<std::int64_t>(*section, "port", number, port, false);
  if (enabled && raw.direct_ip.empty()) raw.direct_ip = std::to_string(port);
}

void read_limits(const toml::table& file, Raw& raw) {
  if (!file.contains("limits")) return;
  const auto* section = file["limits"].as_table();
  if (!section) throw Stop(Exit::usage, "'limits' in the configuration is a table: [limits].");
  check_keys(*section, {"max-clipboard"});
  fill<std::int64_t>(*section, "max-clipboard", number, raw.max_clipboard, false);
  constexpr std::int64_t kMost = 1 << 30;
  if (raw.max_clipboard < 1 || raw.max_clipboard > kMost)
    throw Stop(Exit::usage,
               "'max-clipboard' in the configuration is a number of bytes from 1 to 1073741824.");
}

void read_config(Raw& raw) {
  const bool named = !raw.config.empty();
  const std::string path = named ? raw.config : os::default_config_file();
  if (!named && !std::filesystem::exists(path)) return;
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    throw Stop(Exit::usage,
               "The configuration " + path + " cannot be read: " + std::string(error.description()) + ".");
  }
  check_keys(file, {"server", "relay-server", "relay-user", "relay-secret-file", "relay-only", "direct-ip",
                    "limits"});
  fill<std::string>(file, "server", text, raw.server, !raw.server.empty());
  fill<std::string>(file, "relay-server", text, raw.relay_server, !raw.relay_server.empty());
  fill<std::string>(file, "relay-user", text, raw.relay_user, !raw.relay_user.empty());
  fill<std::string>(file, "relay-secret-file", text, raw.relay_secret_file, !raw.relay_secret_file.empty());
  fill<bool>(file, "relay-only", truth, raw.relay_only, raw.relay_only);
  read_direct_ip(file, raw);
  read_limits(file, raw);
}

std::uint16_t port_of(const std::string& text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    throw Stop(Exit::usage, "'" + text + "' is not a port: give a number from 1 to 65535.");
  }
  return port;
}

std::vector<link::RelayServer> own_relays(const Raw& raw) {
  if (raw.relay_server.empty()) {
    if (raw.relay_user.empty() && raw.relay_secret_file.empty()) return {};
    throw Stop(Exit::usage, "Relay credentials need a relay: add --relay-server turn:HOST.");
  }
  auto relay = link::parse_relay_url(raw.relay_server);
  if (!relay)
    throw Stop(Exit::usage, "'" + raw.relay_server + "' is not a relay: give turn:HOST or turns:HOST.");
  if (!raw.relay_user.empty()) {
    auto colon = raw.relay_user.find(':');
    if (colon == std::string::npos) throw Stop(Exit::usage, "--relay-user takes NAME:PASSWORD.");
    relay->username = raw.relay_user.substr(0, colon);
    relay->password = raw.relay_user.substr(colon + 1);
  } else if (!raw.relay_secret_file.empty()) {
    os::OsRandom random;
    const std::string secret = os::read_secret_line(raw.relay_secret_file);
    // A host allocates for as long as it runs; the password never leaves this process.
    constexpr std::chrono::hours kLongerThanAnyRun{24 * 3650};
    auto credentials =
        auth::shared_secret_credentials(bytes_of(secret), os::wall_now() + kLongerThanAnyRun, random);
    relay->username = credentials.username;
    relay->password = credentials.password;
  } else {
    throw Stop(Exit::usage, "--relay-server needs --relay-user NAME:PASSWORD or --relay-secret-file FILE.");
  }
  return {*relay};
}

std::chrono::milliseconds duration_of(const std::string& text) {
  double seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0) || seconds > 1e7) {
    throw Stop(Exit::usage, "--for takes a number of seconds.");
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// "1920x1080", each side of what a screen may have.
std::optional<session::SizeWanted> size_of(const std::string& size) {
  std::uint16_t width = 0, height = 0;
  const char* end = size.data() + size.size();
  const auto [x, bad_width] = std::from_chars(size.data(), end, width);
  const auto [rest, bad_height] =
      x != end && *x == 'x' ? std::from_chars(x + 1, end, height) : std::from_chars_result{end, std::errc{}};
  const auto fits = [](int side) {
    return side >= session::kMinScreenSide && side <= session::kMaxScreenSide;
  };
  const bool good = bad_width == std::errc{} && bad_height == std::errc{} && rest == end;
  if (!good || !fits(width) || !fits(height)) return std::nullopt;
  return session::SizeWanted{width, height};
}

void check_virtual_size(const std::string& size) {
  if (!size.empty() && !size_of(size))
    throw Stop(Exit::usage,
               "'" + size + "' is not a size: give --virtual 1920x1080, sides from 320 to 8192.");
}

void judge_monitor(const std::string& text, ConnectOptions& connect) {
  if (text.empty()) return;
  connect.each_monitor = text == "each" && !connect.headless;
  if (connect.each_monitor) return;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), connect.monitor);
  if (error != std::errc{} || end != text.data() + text.size() || connect.monitor > session::kMaxMonitors)
    throw Stop(
        Exit::usage,
        "'" + text + "' is not a monitor: give 1 to 16, 0 for all, or 'each' where there are windows.");
}

void judge_remote_size(const std::string& text, ConnectOptions& connect) {
  if (text.empty()) return;
  const auto size = size_of(text);
  connect.remote_follows = text == "window" && !connect.headless;
  if (size) connect.remote_size = *size;
  if (!size && !connect.remote_follows)
    throw Stop(Exit::usage, "'" + text +
                                "' is not a size: give --remote-size 1920x1080, sides from 320 to 8192, or "
                                "'window' where there is one.");
}

void judge(Raw& raw, Options& options) {
  read_config(raw);
  if (!raw.server.empty()) {
    auto join = rendezvous::Join::parse(raw.server);
    if (!join) {
      throw Stop(Exit::usage, "The server '" + raw.server +
                                  "' is not understood: " + std::string(to_string(join.reason())) + ".");
    }
    options.common.server = *join;
  }
  options.common.relay_only = raw.relay_only;
  options.common.clipboard.max_content = static_cast<std::size_t>(raw.max_clipboard);
  options.common.config_file = raw.config.empty() ? os::default_config_file() : raw.config;
  options.common.own_relays = own_relays(raw);
  if (options.common.data_dir.empty()) options.common.data_dir = os::default_data_dir("godesk");
  if (!raw.direct_ip.empty()) options.host.direct_ip = port_of(raw.direct_ip);
  check_virtual_size(options.host.virtual_size);
  judge_monitor(raw.monitor, options.connect);
  judge_remote_size(raw.remote_size, options.connect);
  if (!raw.seconds.empty()) options.connect.duration = duration_of(raw.seconds);
}

void add_config_actions(CLI::App& config, ConfigOptions& options, Raw& raw, Common& common) {
  const auto add = [&](const char* name, const char* help, ConfigAction action) {
    auto* sub = config.add_subcommand(name, help);
    sub->callback([&options, action] { options.action = action; });
    add_common(*sub, raw, common);
    return sub;
  };
  auto* forget = add("forget", "forget the pinned key of a host", ConfigAction::forget);
  forget->add_option("target", options.subject, "9-digit ID, or IP[:PORT]")->required();
  add("key", "print this device's key, for a host's user to authorise", ConfigAction::key);
  auto* authorise = add("authorise", "let a device in by its key, without password", ConfigAction::authorise);
  authorise->add_option("key", options.subject, "what 'godesk config key' prints there")->required();
  authorise->add_option("--permissions", options.permissions,
                        "view,input,clipboard (or clipboard-text),files,sound,resize");
  authorise->add_option("--days", options.days, "ends after so many days; 0: when it is revoked")
      ->check(CLI::Range(0, 36500));
  authorise->add_option("--name", options.name, "what you call that device");
  auto* revoke = add("revoke", "take that back; its sessions end at once", ConfigAction::revoke);
  revoke->add_option("key", options.subject, "the device's key")->required();
  add("authorised", "list the devices that enter by key", ConfigAction::authorised);
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  Raw raw;
  CLI::App app("GoDesk: see and use another desktop, through any router");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "godesk 0.1.0");
  add_common(app, raw, options.common);

  auto* host = app.add_subcommand("host", "share this desktop without a window");
  host->add_option("--display", options.host.display, "X display, like :0");
  host->add_option("--virtual", options.host.virtual_size,
                   "share a desktop of its own, of that size: 1920x1080")
      ->excludes("--display");
  host->add_option("--password-file", options.host.password_file, "unattended password: first line of FILE");
  host->add_option("--direct-ip", raw.direct_ip, "also answer on this UDP port, without any server")
      ->expected(0, 1)
      ->default_str(std::to_string(kDirectIpPort));
  host->add_flag("--no-clipboard", options.host.no_clipboard, "exchange nothing that is copied");
  host->add_flag("--no-sound", options.host.no_sound, "let nobody hear this desktop");
  host->add_flag("--no-resize", options.host.no_resize, "keep the screen's size, whatever viewers ask for");

  auto* connect = app.add_subcommand("connect", "see and use another desktop");
  connect->add_option("target", options.connect.target, "9-digit ID, or IP[:PORT]")->required();
  connect->add_option("--password-file", options.connect.password_file,
                      "first line of FILE, or - for standard input");
  connect->add_flag("--no-password", options.connect.no_password,
                    "enter by this device's key, which the host's user authorised");
  connect->add_flag("--headless", options.connect.headless, "no window, for scripts");
  connect->add_flag("--full-screen", options.connect.full_screen,
                    "fill the display, without bars; Ctrl+Alt+Shift+F leaves it");
  connect->add_flag("--physical-keys", options.connect.keys_by_place,
                    "keys count by their place, with the other computer's layout");
  connect->add_option("--for", raw.seconds, "end so many seconds after the first frame");
  connect->add_option("--screenshot", options.connect.screenshot, "write the last picture to FILE.png");
  connect->add_option("--type", options.connect.type, "type TEXT after the first frame");
  connect->add_option("--monitor", raw.monitor,
                      "show that monitor alone: 1, 2, …; 'each': a window for each");
  connect->add_option("--remote-size", raw.remote_size,
                      "have the other screen take that size while connected: 1280x720, or 'window'");
  connect->add_flag("--sound", options.connect.sound, "headless: play the other desktop's sound");
  connect->add_flag("--no-sound", options.connect.no_sound, "start muted");
  connect->add_flag("--no-clipboard", options.connect.no_clipboard, "exchange nothing that is copied");
  connect->add_option("--clipboard-display", options.connect.clipboard_display,
                      "headless: exchange with the clipboard of this X display");

  auto* ping = app.add_subcommand("ping", "show the path to a host that authorised this device, and why");
  ping->add_option("target", options.connect.target, "9-digit ID, or IP[:PORT]")->required();

  auto* netcheck = app.add_subcommand("netcheck", "say what this network lets through");

  auto* config = app.add_subcommand("config", "change what this device remembers");
  config->require_subcommand(1);
  add_config_actions(*config, options.config, raw, options.common);

  for (auto* sub : {host, connect, ping, netcheck}) add_common(*sub, raw, options.common);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    options.command = Command::help;
    options.text = app.help();
    return options;
  } catch (const CLI::CallForVersion&) {
    options.command = Command::help;
    const bool gpl = media::built_codecs() & media::kH264;
    options.text = std::string("godesk 0.1.0") + (gpl ? " (GPL: x264 linked in)" : "") + "\n";
    return options;
  } catch (const CLI::ParseError& error) {
    throw Stop(Exit::usage, std::string(error.what()) + " (godesk --help shows what is possible)");
  }
  if (host->parsed()) options.command = Command::host;
  if (host->count("--direct-ip") > 0 && raw.direct_ip.empty()) raw.direct_ip = std::to_string(kDirectIpPort);
  if (connect->parsed()) options.command = Command::connect;
  if (ping->parsed()) options.command = Command::ping;
  if (config->parsed()) options.command = Command::config;
  if (netcheck->parsed()) options.command = Command::netcheck;
  judge(raw, options);
  return options;
}

}  // namespace godesk::app
