// Who has seen what of the screen: one frame source, one coder per viewer, newest state wins.
//
//   1. look(): takes in what the source has to tell, without fetching pixels.
//   2. show(): when some viewer can take an update, the changed pixels are fetched once, their
//      damage is added to every viewer's, and those who can take it are sent one update. The
//      others' damage waits, and grows.
//   3. An update is sent at once when nothing was sent for `pace`, else `pace` after the last. It costs what
//      the link carries in a moment (host/allowance.h); what would take longer is coarse at first.
//   4. When a viewer waits for nothing and got nothing new for `rest`, what it has only coarsely is refined
//      in slices. What moves without end does not put that off for ever: after `longest_coarse` small slices
//      go between its updates.
//
// Each viewer is shown the whole screen or the monitor that it chose; coders know only of what is shown.
// It never queues a picture: what waits is damage, and what is sent is the newest state.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "host/allowance.h"
#include "host/frame_source.h"
#include "media/encoder.h"
#include "session/session.h"

namespace godesk::host {

struct FeedConfig {
  Duration pace = 12ms;             // between fetches while the screen keeps changing
  Duration cursor_pace = 50ms;      // between questions where the pointer is, while it moves
  Duration cursor_check = 1s;       // between them while nobody touches the mouse
  Duration rest = 100ms;            // after the last change, before what is coarse is refined
  Duration longest_coarse = 300ms;  // without a rest
  AllowanceConfig allowance;        // of one update
  std::function<Time()> stopwatch;  // a running clock, for the figures only; may be empty
};

class ScreenFeed {
 public:
  /// `source` must outlive the feed.
  ScreenFeed(FeedConfig config, FrameSource& source);

  /// `viewer` was admitted: it gets the whole screen and the cursor first.
  void add(session::Session& viewer);
  void remove(session::Session& viewer);
  /// 0: the whole screen; else a monitor, counted from 1. One that is not there means the whole.
  void choose(Time now, const session::Session& viewer, std::uint32_t monitor);
  /// What `viewer` decodes beside VP9.
  void set_codecs(const session::Session& viewer, media::MoreCodecs more);
  /// Where in the screen begins what `viewer` is shown.
  media::Point origin(const session::Session& viewer) const;

  /// The source's fd is readable, or its poll interval is over.
  void look(Time now);
  /// Sends what can be sent now. To be called after anything that may have made room.
  void show(Time now);
  Time next_deadline() const;

 private:
  struct Viewer {
    session::Session* session = nullptr;
    media::ScreenEncoder encoder;
    media::Region damage;
    bool shape_sent = false;
    media::Point cursor{-1, -1};
    std::uint32_t wanted = 0;  // monitor
    bool told_monitors = false;
    media::Rect part;        // of the screen, that it is shown; empty before the first fetch
    Time rests_at{};         // unless more comes
    Time slice_at = kNever;  // and if more comes; kNever: there is nothing to refine

    Time refine_at() const { return slice_at == kNever ? kNever : std::min(rests_at, slice_at); }
  };

  static bool wants(Time now, const Viewer& viewer);
  bool anyone_has_room() const;
  void fetch(Time now);
  void find_monitors();
  void place(Time now, Viewer& viewer);
  media::FrameView shown_to(const Viewer& viewer) const;
  void send(Time now, Viewer& viewer);
  void refine(Time now, Viewer& viewer);
  void deliver(Time now, Viewer& viewer, Time started, media::Update update);
  Time read(Time now) const;
  Time encoder_due() const;
  void send_cursor(Time now);
  Time cursor_due() const;
  Time poll_at() const;

  FeedConfig config_;
  FrameSource& source_;
  std::vector<std::unique_ptr<Viewer>> viewers_;  // in the order in which they came
  bool dirty_ = true;                             // the source has news that was not fetched
  std::vector<media::Rect> monitors_;             // of the screen that was fetched last
  media::Rect screen_;
  bool fetched_ = false;  // frame() holds the screen
  Time next_fetch_{}, last_look_{};
  std::optional<Time> cursor_asked_;  // since the last viewer was placed
  Duration capture_cost_{};           // of the last fetch
  std::optional<Buffer> shape_;
};

}  // namespace godesk::host
