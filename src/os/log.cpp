#include "os/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace godesk::os {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    spdlog::logger made("godesk", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    made.set_level(spdlog::level::trace);
    return made;
  }();
  return instance;
}

/// How many bytes of well-formed UTF-8 (RFC 3629) that is no C1 control stand at the front; 0 if none.
std::size_t utf8_length(std::string_view text) {
  auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return at(i) >= low && at(i) <= high;
  };
  unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead == 0xC2) return follows(1, 0xA0) ? 2 : 0;
  if (lead > 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

StderrLog::StderrLog(LogLevel least) : least_(least) {}

void StderrLog::write(LogLevel level, std::string_view line) {
  if (wants(level)) logger().log(to_spdlog(level), "{}", escaped(line));
}

LogLevel log_level(int verbosity) {
  if (verbosity <= 0) return LogLevel::info;
  return verbosity == 1 ? LogLevel::debug : LogLevel::trace;
}

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto first = static_cast<unsigned char>(text.front());
    std::size_t length = utf8_length(text);
    bool plain = length > 1 || (length == 1 && first >= 0x20 && first != 0x7F && first != '\\');
    if (plain) {
      out += text.substr(0, length);
    } else {
      length = 1;
      out += {'\\', 'x', kHex[first >> 4], kHex[first & 15]};
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace godesk::os
