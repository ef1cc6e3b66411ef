#include "host/screen_feed.h"

#include <algorithm>

namespace godesk::host {
namespace {

std::uint32_t microseconds(Duration d) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

}  // namespace

ScreenFeed::ScreenFeed(FeedConfig config, FrameSource& source)
    : config_(std::move(config)), source_(source) {}

void ScreenFeed::add(session::Session& session) {
  auto viewer = std::make_unique<Viewer>();
  viewer->session = &session;
  if (fetched_) viewer->damage.add(source_.frame().bounds());
  viewers_.push_back(std::move(viewer));
}

void ScreenFeed::remove(session::Session& session) {
  std::erase_if(viewers_, [&session](const auto& viewer) { return viewer->session == &session; });
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
    if (fetched_ && wants(now, *viewer)) send(now, *viewer);
    if (now >= viewer->refine_at) refine(now, *viewer);
  }
  send_cursor(now);
}

Time ScreenFeed::next_deadline() const {
  if (viewers_.empty()) return kNever;
  // A fetch that waits for room is not a deadline: what makes room is an event of its own.
  const Time fetch_at = dirty_ && anyone_has_room() ? next_fetch_ : kNever;
  return std::min({fetch_at, next_cursor_, encoder_due(), poll_at()});
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
  dirty_ = source_.pending();
  if (!fetched_) changed.add(source_.frame().bounds());
  fetched_ = true;
  for (auto& viewer : viewers_) viewer->damage.add(changed);
}

void ScreenFeed::send(Time now, Viewer& viewer) {
  const Time started = read(now);
  const auto allowed = allowance(viewer.session->channel().stats(), config_.allowance);
  media::Update update = viewer.encoder.encode(now, source_.frame(), viewer.damage, allowed);
  viewer.damage.clear();
  // A film that goes on keeps nothing else from being refined.
  if (update.still || viewer.refine_at == kNever) viewer.refine_at = now + config_.rest;
  deliver(now, viewer, started, std::move(update));
}

void ScreenFeed::refine(Time now, Viewer& viewer) {
  // Without room this is tried again with the next event: what makes room is one.
  if (wants(now, viewer) || !viewer.session->can_send_update()) return;
  const Time started = read(now);
  const auto allowed = allowance(viewer.session->channel().stats(), config_.allowance);
  deliver(now, viewer, started, viewer.encoder.refine(source_.frame(), allowed));
}

void ScreenFeed::deliver(Time now, Viewer& viewer, Time started, media::Update update) {
  if (!viewer.encoder.coarse()) viewer.refine_at = kNever;
  if (update.empty()) return;
  viewer.session->send_update(
      now, {microseconds(capture_cost_), microseconds(read(now) - started), std::move(update.bytes)});
}

Time ScreenFeed::read(Time now) const { return config_.stopwatch ? config_.stopwatch() : now; }

Time ScreenFeed::encoder_due() const {
  Time first = kNever;
  for (const auto& viewer : viewers_)
    if (viewer->session->can_send_update())
      first = std::min({first, viewer->refine_at, viewer->encoder.deadline()});
  return first;
}

void ScreenFeed::send_cursor(Time now) {
  for (auto& viewer : viewers_) {
    if (shape_ && !viewer->shape_sent) viewer->session->send_cursor_shape(now, *shape_);
    viewer->shape_sent = shape_.has_value();
  }
  if (now < next_cursor_) return;
  next_cursor_ = now + config_.cursor_pace;
  const media::Point at = source_.cursor_position();
  for (auto& viewer : viewers_) {
    if (viewer->cursor == at) continue;
    viewer->cursor = at;
    viewer->session->send_cursor_position(now, static_cast<std::uint16_t>(at.x),
                                          static_cast<std::uint16_t>(at.y));
  }
}

Time ScreenFeed::poll_at() const {
  const Duration interval = source_.poll_interval();
  return interval > Duration{} ? last_look_ + interval : kNever;
}

}  // namespace godesk::host
