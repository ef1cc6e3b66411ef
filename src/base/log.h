// Where the core says what it did. A sink is an argument; os/log writes to stderr through spdlog.
//
// Levels: error (the user must act), warning (something was refused or lost), info (a verdict: registered,
// path changed), debug (addresses and IDs appear here and nowhere above), trace (per packet).
// Never at any level: passwords, tickets, ICE passwords, keys, typed text, clipboard (SECURITY 8).
#pragma once

#include <string_view>

namespace godesk {

enum class LogLevel { trace, debug, info, warning, error };

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(LogLevel level, std::string_view line) = 0;
  virtual bool wants(LogLevel level) const = 0;
};

/// Discards everything; the default in tests.
class NullLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view) override {}
  bool wants(LogLevel) const override { return false; }
};

}  // namespace godesk
