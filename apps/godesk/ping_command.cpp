// `godesk ping ID`: the path to a peer that lets this device in by its key, and why it is that one.
//
//   1. A session is opened by key alone, as `connect --no-password` does: who is not authorised there hears
//      `refused` and learns nothing.
//   2. Each path is told as it comes. The first direct one, or a relayed one whose reason is final, ends it.
#include "commands.h"
#include "connect_run.h"
#include "os/clock.h"
#include "viewer_process.h"

namespace godesk::app {
namespace {

constexpr Duration kPatience = 8s;  // from the login, for a direct path

/// Nothing better is to be expected.
bool final(const link::PathInfo& path) {
  if (path.kind == link::Kind::direct) return path.rtt.has_value();
  const link::Why why = path.why.value_or(link::Why::connecting);
  return why != link::Why::connecting && why != link::Why::login && why != link::Why::punching;
}

std::string sentence(const Target& target, const link::PathInfo& path) {
  std::string text = target.name + ": " + path_line(path);
  if (path.rtt)
    text += ", " + std::to_string(std::chrono::round<std::chrono::milliseconds>(*path.rtt).count()) + " ms";
  return text + ".";
}

}  // namespace

Exit run_ping(const Options& options, LogSink& log) {
  EventWriter out(options.common.json, os::now());
  viewer::NoSurface surface;
  ViewerProcess process(options, {}, surface, log);
  std::optional<link::PathInfo> last;
  bool entered = false;
  const auto end_if_final = [&](Time now) {
    const bool ends = entered && last && final(*last);
    if (ends) process.session().close(now, viewer::CloseReason::done);
    return ends;
  };
  process.each_turn(end_if_final);
  const viewer::Closed closed = process.run([&](Time now, const viewer::ViewerEvent& event) {
    if (auto* path = std::get_if<link::PathChanged>(&event)) {
      last = path->path;
      out.write(now, "path", path_fields(path->path), path_line(path->path));
    } else if (std::holds_alternative<viewer::Authenticated>(event)) {
      entered = true;
      process.at(now + kPatience, [&] { process.session().close(os::now(), viewer::CloseReason::done); });
    }
  });
  const auto [exit, words] = verdict(closed, process.target(), process.device());
  if (exit == Exit::ok && last) {
    Json fields = {{"target", process.target().name}};
    fields.update(path_fields(*last));
    out.write(os::now(), "ping", fields, sentence(process.target(), *last));
  }
  tell_closed(out, {closed.reason, exit, words});
  if (exit != Exit::ok) throw Stop(exit, words);
  return exit;
}

}  // namespace godesk::app
