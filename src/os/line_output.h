// Lines for a reader that may be slow or stopped: whoever writes them never waits for it.
//
//   1. write() puts the line behind what the reader has not taken yet, and flush()es.
//   2. flush() writes as long as the descriptor takes bytes at once; the program calls it again now and then.
//   3. When more than `limit` bytes wait, further lines are dropped whole, and counted.
//
// The descriptor is never made non-blocking: others, such as the shell that started us, share it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace godesk::os {

class LineOutput {
 public:
  explicit LineOutput(int fd, std::size_t limit = 256u << 10) : fd_(fd), limit_(limit) {}

  /// Adds the end of the line. False if it was dropped.
  bool write(std::string_view line);
  void flush();
  /// Waits for the reader, at the end of a program. What it has not taken by then is lost.
  void drain(Duration limit);

  std::size_t waiting() const { return waiting_.size(); }

 private:
  bool ready(int wait_ms) const;

  int fd_;
  std::size_t limit_;
  std::string waiting_;
  bool gone_ = false;  // nobody reads any more
};

}  // namespace godesk::os
