#include "host/screen_feed.h"

#include <algorithm>

namespace godesk::host {
namespace {

std::uint32_t microseconds(Duration d) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

/// What of `changed` lies in `part`, from its corner.
media::Region seen(const media::Region& changed, const media::Rect& part) {
  media::Region result;
  for (const media::Rect& rect : changed.rects()) {
    const media::Rect inside = media::intersect(rect, part);
    if (!inside.empty()) result.add({inside.x - part.x, inside.y - part.y, inside.w, inside.h});
  }
  return result;
}

session::MonitorRect told(const media::Rect& rect) {
  const auto u16 = [](int v) { return static_cast<std::uint16_t>(v); };
  return {u16(rect.x), u16(rect.y), u16(rect.w), u16(rect.h)};
}

}  // namespace

ScreenFeed::ScreenFeed(FeedConfig config, FrameSource& source)
    : config_(std::move(config)), source_(source) {}

void ScreenFeed::add(session::Session& session) {
  auto viewer = std::make_unique<Viewer>();
  viewer->session = &session;
  viewers_.push_back(std::move(viewer));
}

void ScreenFeed::remove(session::Session& session) {
  std::erase_if(viewers_, [&session](const auto& viewer) { return viewer->session == &session; });
}

void ScreenFeed::choose(Time now, const session::Session& session, std::uint32_t monitor) {
  for (auto& viewer : viewers_) {
    if (viewer->session != &session) continue;
    viewer->wanted = monitor;
    if (!fetched_) continue;
    find_monitors();
    place(now, *viewer);
  }
}

void ScreenFeed::set_codecs(const session::Session& session, media::MoreCodecs more) {
  for (auto& viewer : viewers_)
    if (viewer->session == &session) viewer->encoder.set_codecs(more);
}

media::Point ScreenFeed::origin(const session::Session& session) const {
  for (const auto& viewer : viewers_)
    if (viewer->session == &session) return {viewer->part.x, viewer->part.y};
  return {};
}

void ScreenFeed::look(Time now) {
  last_look_ = now;
  if (source_.pending()) dirty_ = true;
  if (auto shape = source_.cursor_shape()) {
    shape_ = media::encode_cursor(*shape);
    for (auto& viewer : viewers_) viewer->shape_sent = false;
  }
}

void ScreenFeed::show(Time now) {
  if (viewers_.empty()) return;
  if (dirty_ && now >= next_fetch_ && anyone_has_room()) fetch(now);
  for (auto& viewer : viewers_) {
    if (viewer->part.empty() && !screen_.empty()) {
      find_monitors();
      place(now, *viewer);
    }
    if (fetched_ && wants(now, *viewer)) send(now, *viewer);
    if (now >= viewer->refine_at()) refine(now, *viewer);
  }
  send_cursor(now);
}

Time ScreenFeed::next_deadline() const {
  if (viewers_.empty()) return kNever;
  // A fetch that waits for room is not a deadline: what makes room is an event of its own.
  const Time fetch_at = dirty_ && anyone_has_room() ? next_fetch_ : kNever;
  return std::min({fetch_at, cursor_due(), encoder_due(), poll_at()});
}

bool ScreenFeed::wants(Time now, const Viewer& viewer) {
  const auto& encoder = viewer.encoder;
  return (!viewer.damage.empty() || encoder.pending() || now >= encoder.deadline()) &&
         viewer.session->can_send_update();
}

bool ScreenFeed::anyone_has_room() const {
  return std::any_of(viewers_.begin(), viewers_.end(),
                     [](const auto& viewer) { return viewer->session->can_send_update(); });
}

void ScreenFeed::fetch(Time now) {
  const Time started = read(now);
  media::Region changed = source_.update();
  capture_cost_ = read(now) - started;
  next_fetch_ = now + config_.pace;
  const media::Rect screen = source_.frame().bounds();
  if (!fetched_ || !(screen == screen_)) {
    changed.add(screen);
    screen_ = screen;
    find_monitors();
    for (auto& viewer : viewers_) place(now, *viewer);
  }
  fetched_ = true;
  dirty_ = source_.pending();
  for (auto& viewer : viewers_) viewer->damage.add(seen(changed, viewer->part));
}

void ScreenFeed::find_monitors() {
  monitors_ = source_.monitors();
  if (monitors_.size() > session::kMaxMonitors) monitors_.resize(session::kMaxMonitors);
  if (source_.pending()) dirty_ = true;  // news that came in with the answer
}

/// Finds what the viewer is to be shown, and tells it.
void ScreenFeed::place(Time now, Viewer& viewer) {
  const bool there = viewer.wanted >= 1 && viewer.wanted <= monitors_.size();
  viewer.part = there ? monitors_[viewer.wanted - 1] : screen_;
  viewer.damage = media::Rect{0, 0, viewer.part.w, viewer.part.h};
  viewer.cursor = {-1, -1};
  cursor_asked_.reset();
  if (monitors_.empty() && !viewer.told_monitors) return;
  viewer.told_monitors = true;
  session::Monitors monitors{{}, there ? viewer.wanted : 0};
  for (const media::Rect& rect : monitors_) monitors.all.push_back(told(rect));
  viewer.session->send_monitors(now, monitors);
}

media::FrameView ScreenFeed::shown_to(const Viewer& viewer) const {
  const media::FrameView whole = source_.frame();
  const media::Rect& part = viewer.part;
  return {whole.at(part.x, part.y), part.w, part.h, whole.stride};
}

void ScreenFeed::send(Time now, Viewer& viewer) {
  const Time started = read(now);
  const auto allowed = allowance(viewer.session->channel().stats(), config_.allowance);
  media::Update update = viewer.encoder.encode(now, shown_to(viewer), viewer.damage, allowed);
  viewer.damage.clear();
  // A film that goes on keeps nothing else from being refined.
  if (update.still || viewer.slice_at == kNever) viewer.rests_at = now + config_.rest;
  deliver(now, viewer, started, std::move(update));
}

void ScreenFeed::refine(Time now, Viewer& viewer) {
  // Without room this is tried again with the next event: what makes room is one.
  if (wants(now, viewer) || !viewer.session->can_send_update()) return;
  const Time started = read(now);
  const quic::Stats link = viewer.session->channel().stats();
  const bool moving = now < viewer.rests_at;
  const Slice slice =
      moving ? slice_in_motion(link, config_.allowance) : Slice{allowance(link, config_.allowance), {}};
  viewer.slice_at = now + slice.pause;
  deliver(now, viewer, started, viewer.encoder.refine(shown_to(viewer), slice.allowance));
}

void ScreenFeed::deliver(Time now, Viewer& viewer, Time started, media::Update update) {
  const bool coarse = viewer.encoder.coarse();
  if (!coarse) viewer.slice_at = kNever;
  if (coarse && viewer.slice_at == kNever) viewer.slice_at = now + config_.longest_coarse;
  if (update.empty()) return;
  viewer.session->send_update(
      now, {microseconds(capture_cost_), microseconds(read(now) - started), std::move(update.bytes)});
}

Time ScreenFeed::read(Time now) const { return config_.stopwatch ? config_.stopwatch() : now; }

Time ScreenFeed::encoder_due() const {
  Time first = kNever;
  for (const auto& viewer : viewers_)
    if (viewer->session->can_send_update())
      first = std::min({first, viewer->refine_at(), viewer->encoder.deadline()});
  return first;
}

void ScreenFeed::send_cursor(Time now) {
  for (auto& viewer : viewers_) {
    if (shape_ && !viewer->shape_sent) viewer->session->send_cursor_shape(now, *shape_);
    viewer->shape_sent = shape_.has_value();
  }
  if (now < cursor_due()) return;
  cursor_asked_ = now;
  const media::Point at = source_.cursor_position();
  if (source_.pending()) dirty_ = true;
  for (auto& viewer : viewers_) {
    const media::Rect& part = viewer->part;
    const media::Point here{at.x - part.x, at.y - part.y};
    const bool inside = here.x >= 0 && here.y >= 0 && here.x < part.w && here.y < part.h;
    if (!inside || viewer->cursor == here) continue;
    viewer->cursor = here;
    viewer->session->send_cursor_position(now, static_cast<std::uint16_t>(here.x),
                                          static_cast<std::uint16_t>(here.y));
  }
}

Time ScreenFeed::cursor_due() const {
  if (!cursor_asked_) return Time{};
  return *cursor_asked_ + (source_.cursor_moved() ? config_.cursor_pace : config_.cursor_check);
}

Time ScreenFeed::poll_at() const {
  const Duration interval = source_.poll_interval();
  return interval > Duration{} ? last_look_ + interval : kNever;
}

}  // namespace godesk::host
