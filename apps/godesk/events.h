// What the program tells on standard output: with --json one object a line, else one plain
// line, flushed at once.
//
// A reader that stopped reading stops nothing here: what it has not taken waits, up to a bound, and is
// written with the next event, or within a second. Over the bound events are dropped; `lost {events}` says
// how many, in their place.
#pragma once

#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "link/carrier.h"
#include "os/line_output.h"
#include "session/secure_channel.h"

namespace godesk::app {

using Json = nlohmann::ordered_json;

/// May be used from several threads.
class EventWriter {
 public:
  /// `started`: when the command began; `t_ms` counts from there.
  EventWriter(bool json, Time started);
  /// Gives a slow reader a moment for the last lines.
  ~EventWriter();

  /// `fields` without what is unknown. `plain` is the line for people; empty: none.
  void write(Time now, const char* event, const Json& fields, const std::string& plain = "");
  /// What waits for the reader; to be called now and then while there are no events.
  void flush();
  bool json() const { return json_; }

 private:
  std::string line(Time now, const char* event, const Json& fields) const;
  void put(Time now, const std::string& line);

  const bool json_;
  const Time started_;
  std::mutex mutex_;
  os::LineOutput out_;
  std::uint64_t lost_ = 0;  // events, since the last one that was written
};

/// The fields of a `path` event, and its line for people.
Json path_fields(const link::PathInfo& path);
std::string path_line(const link::PathInfo& path);

/// Milliseconds with two digits after the point.
double ms(Duration d);

}  // namespace godesk::app
