// What the program tells on standard output: with --json one object a line, else one plain
// line, flushed at once.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "link/carrier.h"
#include "session/secure_channel.h"

namespace godesk::app {

using Json = nlohmann::ordered_json;

class EventWriter {
 public:
  /// `started`: when the command began; `t_ms` counts from there.
  EventWriter(bool json, Time started) : json_(json), started_(started) {}

  /// `fields` without what is unknown. `plain` is the line for people; empty: none.
  void write(Time now, const char* event, const Json& fields, const std::string& plain = "");
  bool json() const { return json_; }

 private:
  bool json_;
  Time started_;
};

/// The fields of a `path` event, and its line for people.
Json path_fields(const link::PathInfo& path);
std::string path_line(const link::PathInfo& path);

/// Milliseconds with two digits after the point.
double ms(Duration d);

}  // namespace godesk::app
