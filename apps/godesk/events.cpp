#include "events.h"

#include <cmath>
#include <iostream>

namespace godesk::app {

void EventWriter::write(Time now, const char* event, const Json& fields, const std::string& plain) {
  if (!json_) {
    if (!plain.empty()) std::cout << plain << std::endl;
    return;
  }
  Json line = {{"event", event},
               {"t_ms", std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count()}};
  line.update(fields);
  std::cout << line.dump() << std::endl;
}

Json path_fields(const link::PathInfo& path) {
  Json fields = {{"kind", link::name(path.kind)},
                 {"transport", link::name(path.transport)},
                 {"family", static_cast<int>(path.family)},
                 {"local", path.local.to_string()},
                 {"remote", path.remote.to_string()}};
  if (path.rtt) fields["rtt_ms"] = ms(*path.rtt);
  if (path.how) fields["how"] = link::name(*path.how);
  if (path.why) fields["why"] = link::name(*path.why);
  return fields;
}

std::string path_line(const link::PathInfo& path) {
  const bool direct = path.kind == link::Kind::direct;
  std::string line = direct ? "Direct" : "Relay";
  line += " (" + std::string(link::name(path.transport)) + ", IPv" +
          std::to_string(static_cast<int>(path.family));
  if (path.how) line += ", " + std::string(link::name(*path.how));
  if (path.why) line += ", " + std::string(link::name(*path.why));
  return line + ")";
}

double ms(Duration d) { return std::round(to_ms(d) * 100) / 100; }

}  // namespace godesk::app
