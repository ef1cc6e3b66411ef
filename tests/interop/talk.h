// What both ends of an interoperation test do the same: numbered packets, and JSON lines to the scenario.
//
// The scenario (lab/scenarios/interop.py) carries every "signal" event's line to the other end's standard
// input: "remote UFRAG PWD", then candidates as RFC 8839 writes them.
#pragma once

#include <array>
#include <cstdint>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace interop {

struct Options {
  std::string role, stun, relay, user;
  bool relay_only = false;
};

/// main() of an end that is made of Options and then run.
template <class End>
int run_end(int argc, char** argv, const std::string& name) {
  CLI::App app(name + ": one end of an interoperation test");
  Options options;
  app.add_option("--role", options.role)->required()->check(CLI::IsMember({"caller", "host"}));
  app.add_option("--stun", options.stun)->required();
  app.add_option("--relay", options.relay)->required();
  app.add_option("--user", options.user)->required();
  app.add_flag("--relay-only", options.relay_only);
  CLI11_PARSE(app, argc, argv);
  try {
    End(options).run();
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << "." << std::endl;
    return 1;
  }
  return 0;
}

inline constexpr int kPeriodMs = 20;            // a packet each way so often
inline constexpr std::size_t kHeardEvery = 50;  // an event each so many different packets

inline void signal_line(std::string_view line) {
  std::cout << R"({"event":"signal","line":")" << line << "\"}" << std::endl;
}

/// 0x40 (else the link takes it for no packet of QUIC's), the number, and some weight.
inline std::array<std::uint8_t, 300> packet(std::uint32_t number) {
  std::array<std::uint8_t, 300> bytes{0x40};
  for (std::size_t i = 0; i < 4; ++i) bytes[1 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return bytes;
}

class Heard {
 public:
  void on_packet(const std::uint8_t* bytes, std::size_t size) {
    if (size != packet(0).size() || bytes[0] != 0x40) return;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | bytes[1 + i];
    if (numbers_.insert(number).second && numbers_.size() % kHeardEvery == 0)
      std::cout << R"({"event":"heard","packets":)" << numbers_.size() << "}" << std::endl;
  }

 private:
  std::set<std::uint32_t> numbers_;
};

}  // namespace interop
