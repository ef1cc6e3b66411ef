// The log: lines on stderr. Control characters are escaped, so a peer's text can neither forge a line nor
// drive the terminal.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"

namespace godesk::os {

class StderrLog final : public LogSink {
 public:
  explicit StderrLog(LogLevel least);
  void write(LogLevel level, std::string_view line) override;
  bool wants(LogLevel level) const override { return level >= least_; }

 private:
  LogLevel least_;
};

/// The level for so many -v: info, debug, trace.
LogLevel log_level(int verbosity);

/// `text` with control characters, backslashes and what is not UTF-8 as \xNN.
std::string escaped(std::string_view text);

}  // namespace godesk::os
