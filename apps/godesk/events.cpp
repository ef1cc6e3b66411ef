#include "events.h"

#include <cmath>

#include <unistd.h>

namespace godesk::app {

namespace {

constexpr Duration kFarewell = 2s;  // for a reader that is slow at the end

}  // namespace

EventWriter::EventWriter(bool json, Time started) : json_(json), started_(started), out_(STDOUT_FILENO) {}

EventWriter::~EventWriter() { out_.drain(kFarewell); }

void EventWriter::write(Time now, const char* event, const Json& fields, const std::string& plain) {
  const std::string text = json_ ? line(now, event, fields) : plain;
  if (text.empty()) return;
  const std::lock_guard lock(mutex_);
  put(now, text);
}

void EventWriter::put(Time now, const std::string& text) {
  if (lost_ > 0) {
    const std::string gap = json_ ? line(now, "lost", {{"events", lost_}})
                                  : std::to_string(lost_) + " lines were not read in time and are lost.";
    if (out_.write(gap)) lost_ = 0;
  }
  if (lost_ > 0 || !out_.write(text)) ++lost_;
}

void EventWriter::flush() {
  const std::lock_guard lock(mutex_);
  out_.flush();
}

std::string EventWriter::line(Time now, const char* event, const Json& fields) const {
  Json object = {{"event", event},
                 {"t_ms", std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count()}};
  object.update(fields);
  return object.dump();
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
