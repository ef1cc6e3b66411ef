#include "options.h"

#include <charconv>
#include <sstream>

#include <CLI/CLI.hpp>
#include <toml++/toml.h>

#include "link/relay_url.h"
#include "os/files.h"

namespace godesk::server {
namespace {

using os::SetupError;

/// As typed or configured, before it is judged.
struct Raw {
  std::string data_dir, role = "id,relay", relay_ports = "49152-65535", turn_user_file;
  std::vector<std::string> listen, public_addresses, allow, deny, relays, relay_secrets, turn_users;
  int stun_port = 3478, tls_port = 443, verbosity = 0;
  bool json = false;
  Limits limits;
};

/// TOML with keys named as the flags; lists where a flag may be repeated. The command line wins. The limits,
/// which are no flags, are read on the way.
class TomlConfig final : public CLI::Config {
 public:
  TomlConfig(const CLI::App& app, Limits& limits) : app_(app), limits_(limits) {}

  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return ""; }

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    toml::table file;
    try {
      file = toml::parse(input);
    } catch (const toml::parse_error& error) {
      std::ostringstream where;
      where << error.source().begin;
      throw SetupError("The configuration cannot be read: " + std::string(error.description()) + " at " +
                       where.str() + ".");
    }
    std::vector<CLI::ConfigItem> found;
    for (const auto& [key, value] : file) {
      if (const toml::table* table = value.as_table(); table && key.str() == "limits") {
        read_limits(*table, limits_);
        continue;
      }
      CLI::ConfigItem item;
      item.name = std::string(key.str());
      if (!app_.get_option_no_throw("--" + item.name))
        throw SetupError("The configuration has an unknown key '" + item.name + "'.");
      item.inputs = texts(item.name, value);
      found.push_back(std::move(item));
    }
    return found;
  }

 private:
  static std::vector<std::string> texts(const std::string& key, const toml::node& node) {
    std::vector<std::string> out;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& element : *list) out.push_back(text(key, element));
    } else {
      out.push_back(text(key, node));
    }
    return out;
  }
  static std::string text(const std::string& key, const toml::node& node) {
    if (auto value = node.value_exact<std::string>()) return *value;
    if (auto value = node.value_exact<std::int64_t>()) return std::to_string(*value);
    if (auto value = node.value_exact<bool>()) return *value ? "true" : "false";
    throw SetupError("The value of '" + key + "' in the configuration has the wrong type.");
  }

  const CLI::App& app_;
  Limits& limits_;
};

void describe(CLI::App& app, Raw& raw) {
  app.set_config("--config", "", "configuration file (TOML, keys named as these options)");
  app.config_formatter(std::make_shared<TomlConfig>(app, raw.limits));
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_version_flag("--version", "godesk-server 0.1.0");
  app.add_option("--data-dir", raw.data_dir, "where keys and registered devices are kept");
  app.add_option("--listen", raw.listen, "address to listen on; may be repeated (all by default)");
  app.add_option("--stun-port", raw.stun_port, "UDP and TCP port for STUN and TURN; 0: any free one")
      ->capture_default_str();
  app.add_option("--tls-port", raw.tls_port, "TLS and UDP port for everything; 0: any free one")
      ->capture_default_str();
  app.add_option("--role", raw.role, "id, relay, or both")->capture_default_str();
  app.add_option("--public-address", raw.public_addresses, "name or address clients use; may be repeated");
  app.add_option("--relay-ports", raw.relay_ports, "UDP ports of relayed addresses")->capture_default_str();
  app.add_option("--relay-allow", raw.allow,
                 "range the relay may reach beyond the public internet; may be repeated");
  app.add_option("--relay-deny", raw.deny, "range the relay must not reach; may be repeated");
  app.add_option("--relay", raw.relays, "URI of a further relay; may be repeated, each with its secret");
  app.add_option("--relay-secret-file", raw.relay_secrets, "file with the secret of that relay");
  auto* file = app.add_option("--turn-user-file", raw.turn_user_file,
                              "file with a NAME:PASSWORD a line for TURN clients");
  app.add_option("--turn-user", raw.turn_users,
                 "NAME:PASSWORD for TURN clients (others can see it: prefer the file)")
      ->excludes(file);
  app.add_flag("--json", raw.json, "one JSON object a line on standard output");
  app.add_flag("-v", raw.verbosity, "say more on standard error; twice: even more");
}

std::uint16_t port_of(int number, const char* flag) {
  if (number < 0 || number > 65535)
    throw SetupError(std::string(flag) + " takes a port from 1 to 65535, or 0 for any free one.");
  return static_cast<std::uint16_t>(number);
}

/// "first-last", both within 1 to 65535.
std::pair<std::uint16_t, std::uint16_t> range_of(const std::string& text) {
  std::uint16_t first = 0, last = 0;
  const char* end = text.data() + text.size();
  auto head = std::from_chars(text.data(), end, first);
  if (head.ec == std::errc() && head.ptr != end && *head.ptr == '-') {
    auto tail = std::from_chars(head.ptr + 1, end, last);
    if (tail.ec == std::errc() && tail.ptr == end && first > 0 && first <= last) return {first, last};
  }
  throw SetupError("'" + text + "' is not a range of ports: give FIRST-LAST, like 49152-65535.");
}

std::vector<Cidr> ranges_of(const std::vector<std::string>& texts) {
  std::vector<Cidr> out;
  for (const std::string& text : texts) {
    auto range = Cidr::parse(text);
    if (!range)
      throw SetupError("'" + text + "' is not a range of addresses: give ADDRESS/BITS, like 10.0.0.0/8.");
    out.push_back(*range);
  }
  return out;
}

std::string without_brackets(const std::string& text) {
  bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  return bracketed ? text.substr(1, text.size() - 2) : text;
}

std::vector<IpAddress> addresses_of(const std::vector<std::string>& texts) {
  std::vector<IpAddress> out;
  for (const std::string& text : texts) {
    auto ip = IpAddress::parse(without_brackets(text));
    if (!ip) throw SetupError("'" + text + "' is not an address to listen on: give one of this computer's.");
    out.push_back(*ip);
  }
  return out;
}

void read_roles(const std::string& text, Options& options) {
  options.id_role = options.relay_role = false;
  std::istringstream list(text);
  for (std::string role; std::getline(list, role, ',');) {
    if (role == "id") {
      options.id_role = true;
    } else if (role == "relay") {
      options.relay_role = true;
    } else {
      throw SetupError("'" + role + "' is no role: give id, relay, or id,relay.");
    }
  }
  if (!options.id_role && !options.relay_role)
    throw SetupError("A server needs a role: give id, relay, or id,relay.");
}

std::vector<FurtherRelay> relays_of(const Raw& raw) {
  if (raw.relays.size() != raw.relay_secrets.size())
    throw SetupError("Each --relay needs its --relay-secret-file, in the same order.");
  std::vector<FurtherRelay> out;
  for (std::size_t i = 0; i < raw.relays.size(); ++i) {
    auto where = link::parse_relay_url(raw.relays[i]);
    if (!where) throw SetupError("'" + raw.relays[i] + "' is not a relay: give turn:HOST or turns:HOST.");
    out.push_back({*where, os::read_secret_line(raw.relay_secrets[i])});
  }
  return out;
}

std::pair<std::string, std::string> user_of(const std::string& text, const char* where) {
  std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos || colon + 1 == text.size())
    throw SetupError(std::string(where) + " takes NAME:PASSWORD.");
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::vector<std::pair<std::string, std::string>> users_of(const Raw& raw) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& text : raw.turn_users) out.push_back(user_of(text, "--turn-user"));
  if (raw.turn_user_file.empty()) return out;
  auto content = os::read_secret(raw.turn_user_file);
  if (!content) throw SetupError("There is no file " + raw.turn_user_file + ".");
  std::istringstream lines{std::string(text_of(*content))};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) out.push_back(user_of(line, "Each line of the --turn-user-file"));
  return out;
}

Options judge(const Raw& raw) {
  Options options;
  options.data_dir = raw.data_dir.empty() ? os::default_data_dir("godesk-server") : raw.data_dir;
  options.listen = addresses_of(raw.listen);
  options.stun_port = port_of(raw.stun_port, "--stun-port");
  options.tls_port = port_of(raw.tls_port, "--tls-port");
  if (options.stun_port == options.tls_port && options.stun_port != 0)
    throw SetupError("The STUN port and the TLS port must differ: plain TURN and TLS cannot share one.");
  read_roles(raw.role, options);
  for (const std::string& host : raw.public_addresses)
    options.public_addresses.push_back(without_brackets(host));
  std::tie(options.relay_first, options.relay_last) = range_of(raw.relay_ports);
  options.relay_allow = ranges_of(raw.allow);
  options.relay_deny = ranges_of(raw.deny);
  options.relays = relays_of(raw);
  options.turn_users = users_of(raw);
  options.turn_user_typed = !raw.turn_users.empty();
  options.limits = raw.limits;
  options.json = raw.json;
  options.verbosity = raw.verbosity;
  return options;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Raw raw;
  CLI::App app("GoDesk server: ID server, STUN server and TURN relay in one");
  describe(app, raw);
  Options options;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    options.text = app.help();
    return options;
  } catch (const CLI::CallForVersion&) {
    options.text = "godesk-server 0.1.0\n";
    return options;
  } catch (const CLI::ConfigError& error) {
    const std::string text = error.what();
    throw SetupError("The configuration has an unknown key: " + text.substr(text.rfind(' ') + 1) + ".");
  } catch (const CLI::ParseError& error) {
    throw SetupError(std::string(error.what()) + " (godesk-server --help shows what is possible)");
  }
  return judge(raw);
}

}  // namespace godesk::server
